package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/authfetch/authfetch/server/wire"
)

// checkCustom looks at the custom cookie where one of the profiles uses it.
func checkCustom(config CookieConfig, issuer, prefix string) error {
	if config.Profile != CookieCustom && config.Previous != CookieCustom {
		if config.Custom != (CustomCookie{}) {
			return &ConfigError{"HTTP.Cookie.Custom", "is set, and no profile uses it; set Profile, or Previous, to custom"}
		}
		return nil
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return &ConfigError{"Issuer", "is not a URL"}
	}
	c := customCheck{newCookieSpec(CookieCustom, config.Custom, prefix), u, prefix + wire.PathAuth}
	for _, step := range []struct {
		field string
		check func() string
	}{
		{"InsecureHTTP", c.insecure},
		{"SameSite", c.sameSite},
		{"Partitioned", c.partition},
		{"Path", c.path},
		{"Domain", c.domain},
		{"Name", c.name},
	} {
		if text := step.check(); text != "" {
			return &ConfigError{"HTTP.Cookie.Custom." + step.field, text}
		}
	}
	return nil
}

// customCheck looks at one custom cookie. Each of its methods returns what is
// wrong and what to write instead, or "".
type customCheck struct {
	spec     cookieSpec
	issuer   *url.URL
	authPath string
}

func (c customCheck) insecure() string {
	if c.spec.insecure && (c.issuer.Scheme != "http" || !isLoopback(c.issuer.Hostname())) {
		return fmt.Sprintf("is for development on plain HTTP, and the issuer is %s; leave it out, or use an issuer like http://localhost:8080", c.issuer)
	}
	return ""
}

func (c customCheck) sameSite() string {
	switch c.spec.sameSite {
	case http.SameSiteStrictMode, http.SameSiteLaxMode:
		return ""
	case http.SameSiteNoneMode:
		if c.spec.insecure {
			return "is None, which browsers take with Secure only; leave InsecureHTTP out, or use Strict or Lax"
		}
		return ""
	default:
		return "has to be Strict, Lax or None: what a browser does without it differs"
	}
}

func (c customCheck) partition() string {
	if c.spec.partitioned && c.spec.insecure {
		return "is for cookies with Secure only; leave InsecureHTTP out, or Partitioned"
	}
	return ""
}

// path is about RFC 6265 section 5.1.4: a browser sends the cookie to its own
// path and to what is below it.
func (c customCheck) path() string {
	p := c.spec.path
	switch {
	case !strings.HasPrefix(p, "/"):
		return fmt.Sprintf("%q does not begin with a slash; write it like %s", p, c.authPath)
	case strings.ContainsFunc(p, func(r rune) bool { return r == ';' || r < 0x20 || r > 0x7e }):
		return fmt.Sprintf("%q has characters that end or break a cookie; write it like %s", p, c.authPath)
	case p != c.authPath && !strings.HasPrefix(c.authPath, strings.TrimSuffix(p, "/")+"/"):
		return fmt.Sprintf("%q does not cover %s, where the browser has to send the cookie for refresh and logout; write %s or a path above it", p, c.authPath, c.authPath)
	}
	return ""
}

func (c customCheck) domain() string {
	domain, host := c.spec.domain, strings.ToLower(c.issuer.Hostname())
	if domain == "" {
		return ""
	}
	const otherwise = "; leave it out for a cookie of the host alone"
	lower := strings.ToLower(domain)
	_, addressErr := netip.ParseAddr(strings.Trim(domain, "[]"))
	suffix, _ := publicsuffix.PublicSuffix(lower)
	switch {
	case strings.HasPrefix(domain, "."):
		return fmt.Sprintf("%q begins with a dot, which browsers ignore; write %q", domain, strings.TrimLeft(domain, "."))
	case addressErr == nil:
		return fmt.Sprintf("%q is an address, and those have no subdomains", domain) + otherwise
	case strings.Contains(domain, ":"):
		return fmt.Sprintf("%q names a port or a scheme, which cookies do not know; write the domain alone", domain)
	case strings.ContainsFunc(lower, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}) || strings.HasSuffix(domain, ".") || strings.Contains(domain, ".."):
		return fmt.Sprintf("%q is not the name of a domain in ASCII; write it like example.com", domain)
	case suffix == lower:
		return fmt.Sprintf("%q is a public suffix, below which everybody can have a domain, and browsers refuse cookies for it", domain) + otherwise
	case host != lower && !strings.HasSuffix(host, "."+lower):
		return fmt.Sprintf("%q is not above the issuer's host %q, and the browser would refuse the cookie", domain, host) + otherwise
	}
	return ""
}

// name is about the token of RFC 9110 section 5.6.2 and the prefixes of
// RFC 6265bis section 4.1.3, by which the browser itself holds the server to the
// other attributes. It compares them without regard to case.
func (c customCheck) name() string {
	s, lower := c.spec, strings.ToLower(c.spec.name)
	if strings.ContainsFunc(s.name, func(r rune) bool { return !isTokenChar(r) }) {
		return fmt.Sprintf("%q has characters that no cookie name may have; use letters, digits, - and _", s.name)
	}
	host := strings.HasPrefix(lower, "__host-")
	switch {
	case s.insecure && (host || strings.HasPrefix(lower, "__http-") || strings.HasPrefix(lower, "__secure-")):
		return fmt.Sprintf("%q is a name that browsers take with Secure only; leave InsecureHTTP out, or use a name without prefix", s.name)
	case host && s.path != "/":
		return fmt.Sprintf("%q is a name that browsers take with Path=/ only; set Path to /, or begin the name with __Http-", s.name)
	case host && s.domain != "":
		return fmt.Sprintf("%q is a name that browsers take without Domain only; leave Domain out, or begin the name with __Http-", s.name)
	}
	return ""
}

func isTokenChar(r rune) bool {
	return r > 0x20 && r < 0x7f && !strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

// isLoopback tells whether browsers and resolvers take the host for this machine.
func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
