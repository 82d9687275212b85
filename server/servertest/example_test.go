package servertest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
)

// A test of an application's own route: what happens to it when the access token
// has expired, and after a refresh.
func Example() {
	TestOrders := func(t *testing.T) {
		orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, _ := server.ClaimsFromContext(r.Context())
			_, _ = w.Write([]byte("the orders of " + claims.UserID))
		})
		s := servertest.New(t, servertest.Options{
			Routes: func(mux *http.ServeMux, auth *server.Auth) {
				mux.Handle("GET /api/orders", auth.Protect(orders))
			},
		})
		browser := s.Browser(t)
		browser.Login(servertest.Email, servertest.Password)

		s.Clock.Advance(10 * time.Minute)
		if res := browser.Get("/api/orders"); res.Status != http.StatusUnauthorized {
			t.Errorf("with an expired token: %d %s", res.Status, res.Body)
		}
		browser.Refresh()
		if res := browser.Get("/api/orders"); res.Status != http.StatusOK {
			t.Errorf("after the refresh: %d %s", res.Status, res.Body)
		}
	}
	_ = TestOrders // which go test runs, in a file of its own
}
