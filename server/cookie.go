package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// CookieProfile names how the refresh cookie is set. HttpOnly is part of every
// profile, and so is Secure, which browsers accept on http://localhost too; only
// CustomCookie.InsecureHTTP leaves it out.
type CookieProfile string

const (
	// CookieHost is __Host-Http-refresh_token with Path=/: the prefixes make the
	// browser itself refuse a cookie that script, a subdomain or plain HTTP tries
	// to plant. It is the default.
	CookieHost CookieProfile = "host"

	// CookiePlain is refresh_token with the path of the auth endpoints, for
	// setups in which something in between cannot cope with the prefixes.
	CookiePlain CookieProfile = "plain"

	// CookieCrossSite is CookieHost with SameSite=None and Partitioned, for pages
	// on another site than the API. Each such site has a session of its own.
	CookieCrossSite CookieProfile = "cross-site"

	// CookieCustom is what CookieConfig.Custom says.
	CookieCustom CookieProfile = "custom"
)

// CookieProfiles lists the profiles, the default first.
func CookieProfiles() []CookieProfile {
	return []CookieProfile{CookieHost, CookiePlain, CookieCrossSite, CookieCustom}
}

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

// CookieConfig says what the refresh cookie looks like.
type CookieConfig struct {
	// Profile is how the cookie is set. Zero: CookieHost.
	Profile CookieProfile

	// Previous is the profile that the deployment had before. Its cookie is read
	// too, and replaced at the next refresh or login, so that a change of profile
	// signs nobody out. Leave it set for Tokens.IdleTTL. Zero: none is read.
	Previous CookieProfile

	// Custom is the cookie of CookieCustom, in Profile or in Previous. To go from
	// one custom cookie to another, spend Tokens.IdleTTL with CookieHost or
	// CookiePlain in between. Zero where neither is CookieCustom.
	Custom CustomCookie
}

// CustomCookie describes a refresh cookie. What is unsafe, or what browsers would
// never store or send, New refuses with the reason. HttpOnly is no option: script
// never sees the refresh token.
type CustomCookie struct {
	Name     string        // with __Host-Http-, __Host-, __Http- or __Secure- if you can. Zero: "refresh_token"
	Path     string        // has to cover the auth endpoints. Zero: their path, "/api/auth"
	Domain   string        // the issuer's host or a domain above it: subdomains get the cookie too. Zero: the host alone
	SameSite http.SameSite // Strict, Lax or None. Zero: Strict

	// Partitioned gives each site whose pages use the API a cookie of its own
	// (CHIPS). Without it, browsers that block third-party cookies do not send a
	// cookie with SameSite=None. Zero: one cookie for all sites.
	Partitioned bool

	// InsecureHTTP leaves Secure out, for development on plain HTTP with a
	// browser that makes no exception for localhost. New refuses it unless the
	// issuer is a loopback address. Zero: Secure.
	InsecureHTTP bool
}
