package server_test

import (
	"context"
	"errors"
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
		want   string // in the error
	}{
		{"no issuer", func(c *server.Config) { c.Issuer = "" }, "Issuer: is required"},
		{"issuer without scheme", func(c *server.Config) { c.Issuer = "api.example.com" }, "Issuer:"},
		{"issuer of another scheme", func(c *server.Config) { c.Issuer = "ftp://a.example" }, "Issuer:"},
		{"issuer with query", func(c *server.Config) { c.Issuer = "https://a.example/?b" }, "Issuer:"},
		{"no store", func(c *server.Config) { c.Store = nil }, "Store: is required"},
		{"no secrets", func(c *server.Config) { c.Secrets = secret.Set{} }, "Secrets: are required"},
		{"no users", func(c *server.Config) { c.Authenticate = nil }, "Authenticate: is required"},
		{"any origin", func(c *server.Config) { c.AllowedOrigins = []string{"*"} }, "AllowedOrigins:"},
		{"unknown profile", func(c *server.Config) { c.HTTP.Cookie.Profile = "lax" }, "HTTP.Cookie.Profile: no cookie profile is called \"lax\"; choose one of host, plain, cross-site, custom"},
		{"prefix without slash", func(c *server.Config) { c.HTTP.Prefix = "api" }, "HTTP.Prefix:"},
		{"prefix with slash at the end", func(c *server.Config) { c.HTTP.Prefix = "/api/" }, "HTTP.Prefix:"},
		{"negative time", func(c *server.Config) { c.Tokens.IdleTTL = -time.Second }, "Tokens.IdleTTL: must not be negative"},
		{"unknown algorithm", func(c *server.Config) { c.Tokens.Algorithm = "HS256" }, "HS256"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := good
			row.change(&config)
			_, err := server.New(config)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
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
