package servertest_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
)

func TestTheWholeWay(t *testing.T) {
	wrapped := 0
	s := servertest.New(t, servertest.Options{
		Routes: func(mux *http.ServeMux, auth *server.Auth) {
			mux.Handle("GET /api/orders", auth.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				claims, _ := server.ClaimsFromContext(r.Context())
				_, _ = io.WriteString(w, claims.UserID)
			})))
		},
		Wrap: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				wrapped++
				next.ServeHTTP(w, r)
			})
		},
	})
	browser := s.Browser(t)
	if res := browser.Login(servertest.Email, servertest.Password); res.Status != http.StatusCreated {
		t.Fatalf("login: %d %s", res.Status, res.Body)
	}
	s.Clock.Advance(10 * time.Minute)
	if res := browser.Get("/api/orders"); res.Status != http.StatusUnauthorized {
		t.Fatalf("with an expired token: %d %s", res.Status, res.Body)
	}
	if res := browser.Refresh(); res.Status != http.StatusOK {
		t.Fatalf("refresh: %d %s", res.Status, res.Body)
	}
	if res := browser.Get("/api/orders"); res.Status != http.StatusOK || len(res.Body) == 0 {
		t.Fatalf("after the refresh: %d %s", res.Status, res.Body)
	}
	if res := browser.Logout(); res.Status != http.StatusNoContent {
		t.Fatalf("logout: %d %s", res.Status, res.Body)
	}
	if wrapped != 5 {
		t.Errorf("Wrap saw %d requests, want 5", wrapped)
	}
}

func TestASecondServerFindsTheSessionsOfTheFirst(t *testing.T) {
	first := servertest.New(t, servertest.Options{})
	browser := first.Browser(t)
	browser.Login(servertest.Email, servertest.Password)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := servertest.New(t, servertest.Options{Dir: first.Dir})
	again := second.Browser(t)
	again.AccessToken, again.Cookie = browser.AccessToken, browser.Cookie
	if res := again.Refresh(); res.Status != http.StatusOK {
		t.Errorf("refresh: %d %s", res.Status, res.Body)
	}
}
