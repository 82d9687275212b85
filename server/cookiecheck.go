package server

import (
	"cmp"

	"github.com/authfetch/authfetch/server/wire"
)

// CheckCookie wants a refresh cookie that is safe, that a browser at the issuer's
// host stores, and that it sends to the auth endpoints under prefix; empty stands
// for the default. The error is a *ConfigError that says what to write instead.
func CheckCookie(config CookieConfig, issuer, prefix string) error {
	_, err := newRefreshCookie(config, issuer, cmp.Or(prefix, wire.DefaultPrefix))
	return err
}

func newRefreshCookie(config CookieConfig, issuer, prefix string) (refreshCookie, error) {
	profile := cmp.Or(config.Profile, CookieHost)
	if err := profile.UnmarshalText([]byte(profile)); err != nil {
		return refreshCookie{}, &ConfigError{"HTTP.Cookie.Profile", err.Error()}
	}
	if err := checkCustom(config, issuer, prefix); err != nil {
		return refreshCookie{}, err
	}
	cookie := refreshCookie{current: newCookieSpec(profile, config.Custom, prefix)}
	if config.Previous == "" {
		return cookie, nil
	}
	if err := config.Previous.UnmarshalText([]byte(config.Previous)); err != nil {
		return refreshCookie{}, &ConfigError{"HTTP.Cookie.Previous", err.Error()}
	}
	previous := newCookieSpec(config.Previous, config.Custom, prefix)
	if previous.sameCookie(cookie.current) {
		return refreshCookie{}, &ConfigError{"HTTP.Cookie.Previous", "is the cookie that is set anyway: name, domain, path and partition are the same; leave it out"}
	}
	cookie.previous = []cookieSpec{previous}
	return cookie, nil
}
