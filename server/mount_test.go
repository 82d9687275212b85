package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// TestMount is about an application with an Echo of its own, whose error handler
// and routes are none of ours.
func TestMount(t *testing.T) {
	s := start(t, allowApp)
	e := echo.New()
	e.HTTPErrorHandler = func(_ error, c echo.Context) { _ = c.String(http.StatusTeapot, "the application's own") }
	s.Auth.Mount(e.Group("/api"))
	private := e.Group("/api", s.Auth.RequireAuth())
	private.GET("/orders", func(c echo.Context) error {
		claims, ok := server.ClaimsFrom(c)
		if !ok {
			t.Error("no claims behind RequireAuth")
		}
		return c.String(http.StatusOK, claims.UserID)
	})
	private.POST("/orders", func(echo.Context) error { return echo.ErrBadGateway })
	e.GET("/public", func(c echo.Context) error {
		_, ok := server.ClaimsFrom(c)
		return c.JSON(http.StatusOK, ok)
	})
	host := httptest.NewServer(e)
	t.Cleanup(host.Close)
	s.URL = host.URL
	b := s.Browser(t)

	t.Run("without a token", func(t *testing.T) { wantRefusal(t, b.Get("/api/orders"), wire.InvalidToken) })
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	wantStatus(t, b.Refresh(), http.StatusOK)
	t.Run("with one", func(t *testing.T) {
		res := b.Get("/api/orders")
		wantStatus(t, res, http.StatusOK)
		if got := claimsOf(t, s, b).UserID; string(res.Body) != got {
			t.Errorf("user %s, want %s", res.Body, got)
		}
	})
	t.Run("preflight of a route of the application", func(t *testing.T) {
		req := header{"Origin": app, "Access-Control-Request-Method": "GET"}.on(b.Request(http.MethodOptions, "/api/orders", nil))
		wantStatus(t, b.Do(req), http.StatusNoContent)
	})
	t.Run("a foreign page", func(t *testing.T) {
		req := header{"Origin": "https://evil.example", "Authorization": "Bearer " + b.AccessToken}.on(b.Request(http.MethodPost, "/api/orders", nil))
		wantRefusal(t, b.Do(req), wire.CSRFRejected)
	})
	t.Run("errors of the application stay its own", func(t *testing.T) {
		req := header{"Authorization": "Bearer " + b.AccessToken}.on(b.Request(http.MethodPost, "/api/orders", nil))
		wantStatus(t, b.Do(req), http.StatusTeapot)
	})
	t.Run("ours are problem documents all the same", func(t *testing.T) {
		wantRefusal(t, b.Do(b.Request(http.MethodGet, pathRefresh, nil)), wire.MethodNotAllowed)
	})
	t.Run("no claims where nobody asked for a token", func(t *testing.T) {
		if res := b.Get("/public"); string(res.Body) != "false\n" {
			t.Errorf("got %s", res.Body)
		}
	})
}

// TestMountAlone is Mount without a group behind RequireAuth, which would answer
// stray paths itself.
func TestMountAlone(t *testing.T) {
	s := start(t, allowApp)
	e := echo.New()
	s.Auth.Mount(e.Group("/api"))
	e.GET("/api/orders", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	host := httptest.NewServer(e)
	t.Cleanup(host.Close)
	s.URL = host.URL
	b := s.Browser(t)
	wantRefusal(t, b.Get("/api/nothing"), wire.NotFound)
	wantStatus(t, b.Get("/api/orders"), http.StatusNoContent)
	req := header{"Origin": app, "Access-Control-Request-Method": "GET"}.on(b.Request(http.MethodOptions, "/api/orders", nil))
	wantStatus(t, b.Do(req), http.StatusNoContent)
	if res := b.Get("/elsewhere"); res.Header.Get("Content-Type") == wire.TypeProblem {
		t.Error("Mount answers outside its prefix")
	}
}

func TestPrefix(t *testing.T) {
	s := start(t, func(c *server.Config) { c.HTTP.Prefix, c.HTTP.Cookie.Profile = "/v1/session", server.CookiePlain })
	b := s.Browser(t)
	req := header{"Content-Type": wire.TypeJSON}.on(b.Request(http.MethodPost, "/v1/session/auth",
		[]byte(`{"email":"user@example.com","password":"pa55w0rd"}`)))
	res := b.Do(req)
	wantStatus(t, res, http.StatusCreated)
	cookie, err := http.ParseSetCookie(res.Header.Get("Set-Cookie"))
	if err != nil || cookie.Path != "/v1/session/auth" {
		t.Errorf("cookie %v, error %v; want it for the path of the auth endpoints", cookie, err)
	}
	wantRefusal(t, b.Get(pathMe), wire.NotFound)
}
