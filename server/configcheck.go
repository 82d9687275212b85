package server

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"time"

	"github.com/authfetch/authfetch/server/token"
)

func (c Config) check() error {
	if c.Issuer == "" {
		return &ConfigError{"Issuer", "is required: the URL of this server, such as https://api.example.com"}
	}
	if err := CheckIssuer(c.Issuer); err != nil {
		return &ConfigError{"Issuer", err.Error()}
	}
	switch {
	case isNil(c.Store):
		return &ConfigError{"Store", "is required, for example one of store/sqlitestore"}
	case c.Secrets.IsZero():
		return &ConfigError{"Secrets", "are required; secret.CreateFile makes them"}
	case c.Authenticate == nil:
		return &ConfigError{"Authenticate", "is required: the function that checks a password"}
	}
	if _, err := c.Throttle.WithDefaults(); err != nil {
		return &ConfigError{"Throttle", err.Error()}
	}
	if err := c.HTTP.check(); err != nil {
		return err
	}
	if err := c.DPoP.check(); err != nil {
		return err
	}
	return c.Tokens.check(c.Now())
}

// isNil finds the store that is nil inside too, because the error of its Open was
// overlooked: it would panic far from there.
func isNil(store Store) bool {
	v := reflect.ValueOf(store)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// CheckIssuer wants a URL as RFC 8414 section 2 has it: scheme, host and perhaps
// path; http is for development. The error says how to write it.
func CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%q is not a URL of scheme, host and perhaps path; write it like https://api.example.com", issuer)
	}
	return nil
}

// prefixes are paths whose characters mean themselves to a router, and need no
// escaping in a cookie.
var prefixes = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

func (c HTTPConfig) check() error {
	if c.Prefix != "" && !prefixes.MatchString(c.Prefix) {
		return &ConfigError{"HTTP.Prefix", fmt.Sprintf("%q is not a path of letters, digits, - and _ without a slash at its end; write it like /api", c.Prefix)}
	}
	for _, proxy := range c.TrustedProxies {
		if !proxy.IsValid() {
			return &ConfigError{"HTTP.TrustedProxies", "has a range that says nothing; make it with netip.ParsePrefix"}
		}
		if proxy.Bits() == 0 {
			return &ConfigError{"HTTP.TrustedProxies", fmt.Sprintf("%v is everybody, so that every client could choose its address; name the proxies", proxy)}
		}
	}
	return nil
}

func (c TokenConfig) check(now time.Time) error {
	if _, err := token.ParseAlgorithm(string(c.Algorithm)); err != nil {
		return &ConfigError{"Tokens.Algorithm", err.Error()}
	}
	for _, option := range []struct {
		name  string
		value time.Duration
		least time.Duration // unless it is zero
	}{
		{"AccessTTL", c.AccessTTL, time.Second},
		{"IdleTTL", c.IdleTTL, time.Second},
		{"AbsoluteTTL", c.AbsoluteTTL, time.Second},
		{"Grace", c.Grace, 0},
	} {
		if option.value < 0 {
			return &ConfigError{"Tokens." + option.name, "must not be negative"}
		}
		if option.value != 0 && option.value < option.least {
			return &ConfigError{"Tokens." + option.name, fmt.Sprintf("is %v, and clients count in whole seconds; write at least %v", option.value, option.least)}
		}
	}
	if c.RestoredAt.After(now) {
		return &ConfigError{"Tokens.RestoredAt", fmt.Sprintf("is %s, and the clock says %s; write when the database was restored", c.RestoredAt.Format(time.RFC3339), now.Format(time.RFC3339))}
	}
	if every := c.RotateKeysEvery; every > 0 && every < token.DefaultPublish {
		return &ConfigError{"Tokens.RotateKeysEvery", fmt.Sprintf("is %v, less than the %v for which a key is published before it signs", every, token.DefaultPublish)}
	}
	return nil
}
