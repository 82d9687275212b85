package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server"
)

// defineCookie adds the flags of the refresh cookie. What does not go together is
// for server.CheckCookie to say.
func defineCookie(o *options, c *server.CookieConfig) {
	o.TextVar(&c.Profile, "cookie", server.CookieHost, "`profile`: host, plain, cross-site (for pages on another site than the API) or custom (as --cookie-name and the others say)")
	o.Var(previous{&c.Previous}, "cookie-previous", "`profile`: what the cookie was before; it is read too and replaced at the next refresh, so that nobody is signed out; leave it set for --idle-ttl")
	o.StringVar(&c.Custom.Name, "cookie-name", "", "`name`: that of the custom cookie (default: refresh_token)")
	o.StringVar(&c.Custom.Path, "cookie-path", "", "`path`: that of the custom cookie, at or above /api/auth (default: /api/auth)")
	o.StringVar(&c.Custom.Domain, "cookie-domain", "", "`domain`: that of the custom cookie; its subdomains get it too (default: the host alone)")
	o.Var(sameSite{&c.Custom.SameSite}, "cookie-samesite", "`mode`: SameSite of the custom cookie, strict, lax or none (default: strict)")
	o.BoolVar(&c.Custom.Partitioned, "cookie-partitioned", false, "give each site whose pages use the API a custom cookie of its own")
	o.BoolVar(&c.Custom.InsecureHTTP, "cookie-insecure", false, "leave Secure out of the custom cookie, for plain HTTP on this machine")
	o.section("Refresh cookie")
}

// previous is a profile that need not be there.
type previous struct{ profile *server.CookieProfile }

func (p previous) String() string { return "" }

func (p previous) Set(text string) error { return p.profile.UnmarshalText([]byte(text)) }

// sameSite is a flag for the cookie attribute.
type sameSite struct{ value *http.SameSite }

func (s sameSite) String() string { return "" }

func (s sameSite) Set(text string) error {
	switch strings.ToLower(text) {
	case "strict":
		*s.value = http.SameSiteStrictMode
	case "lax":
		*s.value = http.SameSiteLaxMode
	case "none":
		*s.value = http.SameSiteNoneMode
	default:
		return errors.New("want strict, lax or none")
	}
	return nil
}

// flagError says of the options of the library which flags they are here.
func flagError(err error) error {
	wrong, ok := errors.AsType[*server.ConfigError](err)
	if !ok {
		return err
	}
	name := map[string]string{
		"HTTP.Cookie.Profile":             "--cookie",
		"HTTP.Cookie.Previous":            "--cookie-previous",
		"HTTP.Cookie.Custom":              "--cookie-name and the like",
		"HTTP.Cookie.Custom.Name":         "--cookie-name",
		"HTTP.Cookie.Custom.Path":         "--cookie-path",
		"HTTP.Cookie.Custom.Domain":       "--cookie-domain",
		"HTTP.Cookie.Custom.SameSite":     "--cookie-samesite",
		"HTTP.Cookie.Custom.Partitioned":  "--cookie-partitioned",
		"HTTP.Cookie.Custom.InsecureHTTP": "--cookie-insecure",
	}[wrong.Option]
	if name == "" {
		return err
	}
	return fmt.Errorf("%s %s", name, strings.NewReplacer(
		"set Profile, or Previous,", "set --cookie, or --cookie-previous,",
		"leave InsecureHTTP out", "leave --cookie-insecure out",
		"set Path to", "set --cookie-path to",
		"leave Domain out", "leave --cookie-domain out",
		"or Partitioned", "or --cookie-partitioned",
	).Replace(wrong.Text))
}
