package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// CookieProfile names how the refresh cookie is set. HttpOnly and Secure are
// part of every profile; browsers accept Secure on http://localhost too.
type CookieProfile string

const (
	// CookieHost is __Host-Http-refresh_token with Path=/: the prefixes make the
	// browser itself refuse a cookie that script, a subdomain or plain HTTP tries
	// to plant. It is the default.
	CookieHost CookieProfile = "host"

	// CookiePlain is refresh_token with the path of the auth endpoints, for
	// setups in which something in between cannot cope with the prefixes.
	CookiePlain CookieProfile = "plain"
)

// CookieProfiles lists the profiles, the default first.
func CookieProfiles() []CookieProfile { return []CookieProfile{CookieHost, CookiePlain} }

// UnmarshalText accepts the name of a profile, for flags and configuration files.
func (p *CookieProfile) UnmarshalText(text []byte) error {
	if slices.Contains(CookieProfiles(), CookieProfile(text)) {
		*p = CookieProfile(text)
		return nil
	}
	names := make([]string, 0, len(CookieProfiles()))
	for _, known := range CookieProfiles() {
		names = append(names, string(known))
	}
	return fmt.Errorf("no cookie profile is called %q; choose one of %s", text, strings.Join(names, ", "))
}

// MarshalText returns the name.
func (p CookieProfile) MarshalText() ([]byte, error) { return []byte(p), nil }

// cookieSpec is what a profile comes down to.
type cookieSpec struct {
	name     string
	path     string
	sameSite http.SameSite
}

func newCookieSpec(profile CookieProfile, prefix string) (cookieSpec, error) {
	if err := profile.UnmarshalText([]byte(profile)); err != nil {
		return cookieSpec{}, &configError{"HTTP.Cookie", err.Error()}
	}
	if profile == CookiePlain {
		return cookieSpec{name: "refresh_token", path: prefix + wire.PathAuth, sameSite: http.SameSiteStrictMode}, nil
	}
	return cookieSpec{name: "__Host-Http-refresh_token", path: "/", sameSite: http.SameSiteStrictMode}, nil
}

// read returns the values of all cookies of the configured name, in the order
// in which the browser sent them: there can be several when they were set for
// different paths or domains.
//
// It does not use http.Request.CookiesNamed, which drops a value with a
// character that has no place in a cookie. A damaged token would then look like
// no token, and the client would be told the wrong thing.
func (s cookieSpec) read(h http.Header) []string {
	var values []string
	for _, line := range h.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if ok && name == s.name && value != "" {
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

// remove deletes the cookie. Only logout does.
func (s cookieSpec) remove(h http.Header) { s.write(h, "", 0) }

func (s cookieSpec) write(h http.Header, value string, maxAge int) {
	if maxAge <= 0 {
		maxAge = -1 // net/http writes this as Max-Age=0, and leaves 0 out
	}
	cookie := &http.Cookie{
		Name: s.name, Value: value, Path: s.path, MaxAge: maxAge,
		HttpOnly: true, Secure: true, SameSite: s.sameSite,
	}
	h.Add("Set-Cookie", cookie.String())
}
