package dpop

import (
	"net/url"
	"strings"
)

// same tells whether two URIs are one but for query and fragment, RFC 9449
// section 4.3, check 9.
func same(a, b string) bool {
	first, ok := normal(a)
	second, ok2 := normal(b)
	return ok && ok2 && first == second
}

// normal is a URI without query and fragment, normalized by its syntax and its
// scheme: RFC 3986 sections 6.2.2 and 6.2.3. It reports false for what is no http
// or https URI of a host.
func normal(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	port := ":" + u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https": // url.Parse has made it lower case
		return "", false
	case port == ":", u.Scheme == "http" && port == ":80", u.Scheme == "https" && port == ":443":
		port = ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host + port + withoutDots(unescaped(u.EscapedPath())), true
}

// unescaped decodes what needs no escaping, and writes the rest of the escapes in
// upper case: RFC 3986 sections 6.2.2.1 and 6.2.2.2.
func unescaped(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		escape := strings.ToUpper(path[i : i+3])
		if c := unhex(escape[1])<<4 | unhex(escape[2]); unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(escape)
		}
		i += 2
	}
	return b.String()
}

// unhex is for digits that url.Parse has checked.
func unhex(digit byte) byte {
	if digit >= 'A' {
		return digit - 'A' + 10
	}
	return digit - '0'
}

// unreserved is RFC 3986 section 2.3.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// withoutDots is RFC 3986 section 5.2.4, for an absolute path; an empty one is the
// root.
func withoutDots(path string) string {
	var out []string
	segments := strings.Split(path, "/")[1:]
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case "..":
			out = out[:max(0, len(out)-1)]
		case ".":
		default:
			out = append(out, segment)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}
