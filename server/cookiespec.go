package server

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// cookieSpec is what a profile comes down to: one cookie of a browser.
type cookieSpec struct {
	name, path, domain string
	sameSite           http.SameSite
	partitioned        bool
	insecure           bool
}

// The names of the profiles' cookies.
const (
	hostCookieName  = "__Host-Http-refresh_token"
	plainCookieName = "refresh_token"
)

// newCookieSpec translates a profile, whose name has been checked.
func newCookieSpec(profile CookieProfile, custom CustomCookie, prefix string) cookieSpec {
	authPath := prefix + wire.PathAuth
	switch profile {
	case CookiePlain:
		return cookieSpec{name: plainCookieName, path: authPath, sameSite: http.SameSiteStrictMode}
	case CookieCrossSite:
		return cookieSpec{name: hostCookieName, path: "/", sameSite: http.SameSiteNoneMode, partitioned: true}
	case CookieCustom:
		return cookieSpec{
			name: cmp.Or(custom.Name, plainCookieName), path: cmp.Or(custom.Path, authPath), domain: custom.Domain,
			sameSite:    cmp.Or(custom.SameSite, http.SameSiteStrictMode),
			partitioned: custom.Partitioned, insecure: custom.InsecureHTTP,
		}
	default:
		return cookieSpec{name: hostCookieName, path: "/", sameSite: http.SameSiteStrictMode}
	}
}

// sameCookie tells whether a browser takes both for one cookie, so that setting
// the one overwrites the other: name, domain, path and partition decide
// (RFC 6265bis section 5.7 and CHIPS).
func (s cookieSpec) sameCookie(other cookieSpec) bool {
	return s.name == other.name && s.path == other.path && s.partitioned == other.partitioned &&
		strings.EqualFold(s.domain, other.domain)
}

// read returns the values of all cookies of this name, in the order in which the
// browser sent them: there can be several when they were set for different paths
// or domains.
//
// It does not use http.Request.CookiesNamed, which drops a value with a
// character that has no place in a cookie. A damaged token would then look like
// no token, and the client would be told the wrong thing.
func (s cookieSpec) read(h http.Header) []string {
	var values []string
	for _, line := range h.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(pair, "=")
			if value = strings.Trim(value, " \t"); strings.Trim(name, " \t") == s.name && value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

// set writes the cookie with a lifetime of what is left of the session, never
// more: a fraction of a second is dropped.
func (s cookieSpec) set(h http.Header, value string, left time.Duration) {
	s.write(h, value, int(left/time.Second))
}

// remove deletes the cookie. The browser finds it by the name, the domain, the
// path and the partition that it was set with, so all of them are repeated.
func (s cookieSpec) remove(h http.Header) { s.write(h, "", 0) }

func (s cookieSpec) write(h http.Header, value string, maxAge int) {
	if maxAge <= 0 {
		maxAge = -1 // net/http writes this as Max-Age=0, and leaves 0 out
	}
	cookie := &http.Cookie{
		Name: s.name, Value: value, Path: s.path, Domain: s.domain, MaxAge: maxAge,
		HttpOnly: true, Secure: !s.insecure, SameSite: s.sameSite, Partitioned: s.partitioned,
	}
	h.Add("Set-Cookie", cookie.String())
}
