package server_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

func TestConfig(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	good := server.Config{
		Issuer: "https://api.example.com", Store: store, Secrets: secret.Generate(),
		Authenticate: func(context.Context, string, string) (server.User, error) { return server.User{}, errors.New("nobody") },
	}
	if _, err := server.New(good); err != nil {
		t.Fatalf("what is required alone: %v", err)
	}
	for _, row := range []struct {
		name   string
		change func(*server.Config)
		option string
		want   string // in the text: what to do
	}{
		{"no issuer", func(c *server.Config) { c.Issuer = "" }, "Issuer", "is required"},
		{"issuer without scheme", func(c *server.Config) { c.Issuer = "api.example.com" }, "Issuer", "write it like"},
		{"issuer of another scheme", func(c *server.Config) { c.Issuer = "ftp://a.example" }, "Issuer", "write it like"},
		{"issuer with query", func(c *server.Config) { c.Issuer = "https://a.example/?b" }, "Issuer", "write it like"},
		{"issuer with a port alone", func(c *server.Config) { c.Issuer = "https://:8080" }, "Issuer", "write it like"},
		{"issuer with a password", func(c *server.Config) { c.Issuer = "https://u:p@a.example" }, "Issuer", "write it like"},
		{"no store", func(c *server.Config) { c.Store = nil }, "Store", "is required"},
		{"a store that could not be opened", func(c *server.Config) { c.Store = (*sqlitestore.Store)(nil) }, "Store", "is required"},
		{"no secrets", func(c *server.Config) { c.Secrets = secret.Set{} }, "Secrets", "are required"},
		{"no users", func(c *server.Config) { c.Authenticate = nil }, "Authenticate", "is required"},
		{"any origin", func(c *server.Config) { c.AllowedOrigins = []string{"*"} }, "AllowedOrigins", "list the origins"},
		{"empty origin", func(c *server.Config) { c.AllowedOrigins = []string{""} }, "AllowedOrigins", "write it like"},
		{"unknown profile", func(c *server.Config) { c.HTTP.Cookie.Profile = "lax" }, "HTTP.Cookie.Profile", "choose one of host, plain, cross-site, custom"},
		{"unknown mode", func(c *server.Config) { c.DPoP.Mode = "always" }, "DPoP.Mode", "off, optional and required"},
		{"an address that is no origin", func(c *server.Config) { c.DPoP.Origins = []string{"https://api.example.com/"} }, "DPoP.Origins", "write \"https://api.example.com\""},
		{"prefix without slash", func(c *server.Config) { c.HTTP.Prefix = "api" }, "HTTP.Prefix", "write it like /api"},
		{"prefix with slash at the end", func(c *server.Config) { c.HTTP.Prefix = "/api/" }, "HTTP.Prefix", "write it like /api"},
		{"prefix that is nothing else", func(c *server.Config) { c.HTTP.Prefix = "/" }, "HTTP.Prefix", "write it like /api"},
		{"prefix that goes up", func(c *server.Config) { c.HTTP.Prefix = "/a/../b" }, "HTTP.Prefix", "write it like /api"},
		{"prefix with a parameter", func(c *server.Config) { c.HTTP.Prefix = "/:tenant" }, "HTTP.Prefix", "write it like /api"},
		{"prefix with a wildcard", func(c *server.Config) { c.HTTP.Prefix = "/api*" }, "HTTP.Prefix", "write it like /api"},
		{"proxies that say nothing", func(c *server.Config) { c.HTTP.TrustedProxies = make([]netip.Prefix, 1) }, "HTTP.TrustedProxies", "netip.ParsePrefix"},
		{"everybody as a proxy", func(c *server.Config) { c.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::/0")} }, "HTTP.TrustedProxies", "name the proxies"},
		{"negative time", func(c *server.Config) { c.Tokens.IdleTTL = -time.Second }, "Tokens.IdleTTL", "must not be negative"},
		{"negative grace", func(c *server.Config) { c.Tokens.Grace = -time.Second }, "Tokens.Grace", "must not be negative"},
		{"access tokens of a blink", func(c *server.Config) { c.Tokens.AccessTTL = time.Millisecond }, "Tokens.AccessTTL", "write at least 1s"},
		{"sessions of a blink", func(c *server.Config) { c.Tokens.AbsoluteTTL = time.Millisecond }, "Tokens.AbsoluteTTL", "write at least 1s"},
		{"restored in the future", func(c *server.Config) { c.Tokens.RestoredAt = time.Now().Add(time.Hour) }, "Tokens.RestoredAt", "write when the database was restored"},
		{"restored in the future of its clock", func(c *server.Config) {
			now := time.Now().Add(-24 * time.Hour)
			c.Now, c.Tokens.RestoredAt = func() time.Time { return now }, now.Add(time.Second)
		}, "Tokens.RestoredAt", "the clock says"},
		{"unknown algorithm", func(c *server.Config) { c.Tokens.Algorithm = "HS256" }, "Tokens.Algorithm", "HS256"},
		{"keys replaced before they sign", func(c *server.Config) { c.Tokens.RotateKeysEvery = time.Second }, "Tokens.RotateKeysEvery", "published before it signs"},
		{"negative throttle", func(c *server.Config) { c.Throttle.Parallel = -1 }, "Throttle", "Parallel must not be negative"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := good
			row.change(&config)
			_, err := server.New(config)
			wrong, ok := errors.AsType[*server.ConfigError](err)
			if !ok || wrong.Option != row.option || !strings.Contains(wrong.Text, row.want) || !strings.Contains(err.Error(), row.option+": ") {
				t.Errorf("error %v; want one of %s with %q", err, row.option, row.want)
			}
		})
	}
	t.Run("closed store", func(t *testing.T) {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := server.New(good); !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
	})
}
