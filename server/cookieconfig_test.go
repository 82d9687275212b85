package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
)

func TestCookieConfig(t *testing.T) {
	const option = "HTTP.Cookie."
	for _, row := range []struct {
		name   string
		issuer string // empty: https://api.example.com
		config server.CookieConfig
		option string // empty: it is accepted
		want   string // in the text: what to do
	}{
		{name: "nothing said"},
		{name: "the plain one before", config: server.CookieConfig{Previous: server.CookiePlain}},
		{name: "the same before", config: server.CookieConfig{Previous: server.CookieHost}, option: "Previous", want: "leave it out"},
		{name: "unknown", config: server.CookieConfig{Profile: "lax"}, option: "Profile", want: "choose one of host, plain, cross-site, custom"},
		{name: "unknown before", config: server.CookieConfig{Previous: "lax"}, option: "Previous", want: "choose one of host, plain, cross-site, custom"},
		{name: "custom unused", config: server.CookieConfig{Custom: server.CustomCookie{Name: "rt"}}, option: "Custom", want: "set Profile, or Previous, to custom"},
		{
			name:   "custom before, and of another SameSite only",
			config: server.CookieConfig{Profile: server.CookiePlain, Previous: server.CookieCustom, Custom: server.CustomCookie{SameSite: http.SameSiteLaxMode}},
			option: "Previous", want: "name, domain, path and partition are the same",
		},

		{name: "custom, nothing said", config: custom(server.CustomCookie{})},
		{name: "name with a semicolon", config: custom(server.CustomCookie{Name: "a;b"}), option: "Custom.Name", want: "use letters"},
		{name: "name with a space", config: custom(server.CustomCookie{Name: "a b"}), option: "Custom.Name", want: "use letters"},
		{name: "name with a line break", config: custom(server.CustomCookie{Name: "a\r\nb"}), option: "Custom.Name", want: "use letters"},
		{name: "name with an umlaut", config: custom(server.CustomCookie{Name: "sitzungsschlüssel"}), option: "Custom.Name", want: "use letters"},
		{name: "name with punctuation of tokens", config: custom(server.CustomCookie{Name: "a!#$%&'*+-.^_`|~9"})},

		{name: "__Host- and its path", config: custom(server.CustomCookie{Name: "__Host-rt", Path: "/"})},
		{name: "__Host- without its path", config: custom(server.CustomCookie{Name: "__Host-rt"}), option: "Custom.Name", want: "set Path to /"},
		{name: "__Host-Http- without its path", config: custom(server.CustomCookie{Name: "__Host-Http-rt", Path: "/api"}), option: "Custom.Name", want: "set Path to /"},
		{name: "__host- in lower case", config: custom(server.CustomCookie{Name: "__host-rt", Path: "/api"}), option: "Custom.Name", want: "set Path to /"},
		{name: "__Host- with a domain", config: custom(server.CustomCookie{Name: "__Host-rt", Path: "/", Domain: "example.com"}), option: "Custom.Name", want: "leave Domain out"},
		{name: "__Http- with a domain", config: custom(server.CustomCookie{Name: "__Http-rt", Domain: "example.com"})},
		{name: "__Secure- with a domain", config: custom(server.CustomCookie{Name: "__Secure-rt", Domain: "example.com"})},

		{name: "insecure on localhost", issuer: "http://localhost:8080", config: custom(server.CustomCookie{InsecureHTTP: true})},
		{name: "insecure on a loopback address", issuer: "http://127.0.0.1:8080", config: custom(server.CustomCookie{InsecureHTTP: true})},
		{name: "insecure on the other one", issuer: "http://[::1]:8080", config: custom(server.CustomCookie{InsecureHTTP: true})},
		{name: "insecure on a host below localhost", issuer: "http://app.localhost", config: custom(server.CustomCookie{InsecureHTTP: true})},
		{name: "insecure in the open", config: custom(server.CustomCookie{InsecureHTTP: true}), option: "Custom.InsecureHTTP", want: "leave it out"},
		{name: "insecure in the open, over http", issuer: "http://api.example.com", config: custom(server.CustomCookie{InsecureHTTP: true}), option: "Custom.InsecureHTTP", want: "leave it out"},
		{name: "insecure on a host that begins like localhost", issuer: "http://localhost.example.com", config: custom(server.CustomCookie{InsecureHTTP: true}), option: "Custom.InsecureHTTP", want: "leave it out"},
		{name: "insecure with TLS", issuer: "https://localhost", config: custom(server.CustomCookie{InsecureHTTP: true}), option: "Custom.InsecureHTTP", want: "leave it out"},
		{name: "__Host- without Secure", issuer: "http://localhost", config: custom(server.CustomCookie{Name: "__Host-rt", Path: "/", InsecureHTTP: true}), option: "Custom.Name", want: "leave InsecureHTTP out"},
		{name: "__Http- without Secure", issuer: "http://localhost", config: custom(server.CustomCookie{Name: "__Http-rt", InsecureHTTP: true}), option: "Custom.Name", want: "leave InsecureHTTP out"},
		{name: "__Secure- without Secure", issuer: "http://localhost", config: custom(server.CustomCookie{Name: "__Secure-rt", InsecureHTTP: true}), option: "Custom.Name", want: "leave InsecureHTTP out"},
		{name: "None without Secure", issuer: "http://localhost", config: custom(server.CustomCookie{SameSite: http.SameSiteNoneMode, InsecureHTTP: true}), option: "Custom.SameSite", want: "use Strict or Lax"},
		{name: "Partitioned without Secure", issuer: "http://localhost", config: custom(server.CustomCookie{Partitioned: true, InsecureHTTP: true}), option: "Custom.Partitioned", want: "leave InsecureHTTP out"},

		{name: "None without Partitioned", config: custom(server.CustomCookie{SameSite: http.SameSiteNoneMode})},
		{name: "SameSite left to the browser", config: custom(server.CustomCookie{SameSite: http.SameSiteDefaultMode}), option: "Custom.SameSite", want: "has to be Strict, Lax or None"},
		{name: "no SameSite at all", config: custom(server.CustomCookie{SameSite: 9}), option: "Custom.SameSite", want: "has to be Strict, Lax or None"},

		{name: "path of the auth endpoints", config: custom(server.CustomCookie{Path: "/api/auth"})},
		{name: "path above them", config: custom(server.CustomCookie{Path: "/api"})},
		{name: "path above them, with a slash", config: custom(server.CustomCookie{Path: "/api/"})},
		{name: "path of the refresh alone", config: custom(server.CustomCookie{Path: "/api/auth/refresh"}), option: "Custom.Path", want: "write /api/auth or a path above it"},
		{name: "path of the auth endpoints with a slash", config: custom(server.CustomCookie{Path: "/api/auth/"}), option: "Custom.Path", want: "write /api/auth or a path above it"},
		{name: "path that only begins like theirs", config: custom(server.CustomCookie{Path: "/ap"}), option: "Custom.Path", want: "write /api/auth or a path above it"},
		{name: "path of something else", config: custom(server.CustomCookie{Path: "/app"}), option: "Custom.Path", want: "write /api/auth or a path above it"},
		{name: "path without a slash", config: custom(server.CustomCookie{Path: "api"}), option: "Custom.Path", want: "write it like /api/auth"},
		{name: "path with an attribute", config: custom(server.CustomCookie{Path: "/; Domain=example.com"}), option: "Custom.Path", want: "write it like /api/auth"},

		{name: "domain of the issuer", config: custom(server.CustomCookie{Domain: "api.example.com"})},
		{name: "domain above the issuer", config: custom(server.CustomCookie{Domain: "example.com"})},
		{name: "domain in capitals", config: custom(server.CustomCookie{Domain: "Example.COM"})},
		{name: "domain below the issuer", config: custom(server.CustomCookie{Domain: "a.api.example.com"}), option: "Custom.Domain", want: "leave it out"},
		{name: "domain of somebody else", config: custom(server.CustomCookie{Domain: "example.org"}), option: "Custom.Domain", want: "leave it out"},
		{name: "domain that only ends like the issuer", config: custom(server.CustomCookie{Domain: "ple.com"}), option: "Custom.Domain", want: "leave it out"},
		{name: "top-level domain", config: custom(server.CustomCookie{Domain: "com"}), option: "Custom.Domain", want: "public suffix"},
		{name: "public suffix of two labels", issuer: "https://api.example.co.uk", config: custom(server.CustomCookie{Domain: "co.uk"}), option: "Custom.Domain", want: "public suffix"},
		{name: "public suffix of a hoster", issuer: "https://me.github.io", config: custom(server.CustomCookie{Domain: "github.io"}), option: "Custom.Domain", want: "public suffix"},
		{name: "localhost as a domain", issuer: "http://localhost:8080", config: custom(server.CustomCookie{Domain: "localhost"}), option: "Custom.Domain", want: "leave it out"},
		{name: "domain with a dot before it", config: custom(server.CustomCookie{Domain: ".example.com"}), option: "Custom.Domain", want: `write "example.com"`},
		{name: "domain with a dot behind it", config: custom(server.CustomCookie{Domain: "example.com."}), option: "Custom.Domain", want: "write it like example.com"},
		{name: "domain with a port", config: custom(server.CustomCookie{Domain: "example.com:8080"}), option: "Custom.Domain", want: "write the domain alone"},
		{name: "domain as a URL", config: custom(server.CustomCookie{Domain: "https://example.com"}), option: "Custom.Domain", want: "write the domain alone"},
		{name: "domain with an attribute", config: custom(server.CustomCookie{Domain: "example.com; Path=/"}), option: "Custom.Domain", want: "write it like example.com"},
		{name: "address", issuer: "http://127.0.0.1:8080", config: custom(server.CustomCookie{Domain: "127.0.0.1"}), option: "Custom.Domain", want: "leave it out"},
		{name: "IPv6 address", issuer: "http://[::1]:8080", config: custom(server.CustomCookie{Domain: "[::1]"}), option: "Custom.Domain", want: "leave it out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.issuer == "" {
				row.issuer = "https://api.example.com"
			}
			err := server.CheckCookie(row.config, row.issuer, "")
			if row.option == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wrong, ok := errors.AsType[*server.ConfigError](err)
			if !ok || wrong.Option != option+row.option || !strings.Contains(wrong.Text, row.want) {
				t.Errorf("error %v; want one of %s with %q", err, option+row.option, row.want)
			}
		})
	}
}

func custom(c server.CustomCookie) server.CookieConfig {
	return server.CookieConfig{Profile: server.CookieCustom, Custom: c}
}

func TestCookieConfigWithAnotherPrefix(t *testing.T) {
	config := custom(server.CustomCookie{Path: "/api"})
	if err := server.CheckCookie(config, "https://api.example.com", "/v1"); err == nil {
		t.Error("a cookie for /api is accepted, and the auth endpoints are below /v1")
	}
}
