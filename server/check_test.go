package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// sensitive is a server with one route that asks for a live session, and one
// that does not.
func sensitive(t *testing.T, configure ...func(*server.Config)) *servertest.Server {
	t.Helper()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return servertest.New(t, servertest.Options{
		Routes: func(mux *http.ServeMux, auth *server.Auth) {
			mux.Handle("/sensitive", auth.Protect(ok, server.LiveSession))
			mux.Handle("/open", auth.Protect(ok))
			mux.Handle("/impossible", auth.Protect(ok, server.Check(7)))
		},
		Configure: func(c *server.Config) {
			for _, change := range configure {
				change(c)
			}
		},
	})
}

func TestLiveSession(t *testing.T) {
	for _, row := range []struct {
		name   string
		end    func(t *testing.T, s *servertest.Server, b *servertest.Browser)
		want   wire.Code
		reason wire.Reason
	}{
		{name: "live", end: func(*testing.T, *servertest.Server, *servertest.Browser) {}},
		{name: "refreshed meanwhile", end: func(t *testing.T, _ *servertest.Server, b *servertest.Browser) {
			wantStatus(t, b.Copy().Refresh(), http.StatusOK)
		}},
		{"signed out", func(t *testing.T, _ *servertest.Server, b *servertest.Browser) {
			wantStatus(t, b.Copy().Logout(), http.StatusNoContent)
		}, wire.SessionRevoked, wire.ReasonLogout},
		{"signed in again", func(t *testing.T, _ *servertest.Server, b *servertest.Browser) {
			wantStatus(t, b.Copy().Login(servertest.Email, servertest.Password), http.StatusCreated)
		}, wire.SessionRevoked, wire.ReasonReplaced},
		{"stolen", func(t *testing.T, s *servertest.Server, b *servertest.Browser) {
			thief, owner := b.Copy(), b.Copy()
			for range 3 {
				wantStatus(t, owner.Refresh(), http.StatusOK)
			}
			wantRefusal(t, thief.Refresh(), wire.RefreshReused)
		}, wire.SessionRevoked, wire.ReasonReuse},
		{"user disabled", func(t *testing.T, s *servertest.Server, _ *servertest.Browser) {
			if err := s.Accounts.SetDisabled(t.Context(), servertest.Email, true); err != nil {
				t.Fatal(err)
			}
		}, wire.SessionRevoked, wire.ReasonDisabled},
		{"expired", func(_ *testing.T, s *servertest.Server, _ *servertest.Browser) {
			s.Clock.Advance(2 * time.Minute)
		}, wire.SessionExpired, ""},
		{"database stopped", func(t *testing.T, s *servertest.Server, _ *servertest.Browser) {
			if err := s.Store.Close(); err != nil {
				t.Fatal(err)
			}
		}, wire.TemporarilyUnavailable, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := sensitive(t, func(c *server.Config) {
				if row.want == wire.SessionExpired {
					c.Tokens.AbsoluteTTL = time.Minute // the access token outlives it
				}
			})
			b := signedIn(t, s)
			wantStatus(t, b.Get("/sensitive"), http.StatusNoContent)
			row.end(t, s, b)
			res := b.Get("/sensitive")
			if row.want == "" {
				wantStatus(t, res, http.StatusNoContent)
			} else {
				if p := wantRefusal(t, res, row.want); p.Reason != row.reason {
					t.Errorf("reason %q, want %q", p.Reason, row.reason)
				}
				if row.want.Status() == http.StatusUnauthorized {
					wantChallenge(t, res, "invalid_token")
				}
			}
			wantStatus(t, b.Get("/open"), http.StatusNoContent) // the access token itself is still good
		})
	}
}

func TestACheckThatDoesNotExistLetsNobodyThrough(t *testing.T) {
	s := sensitive(t)
	wantRefusal(t, signedIn(t, s).Get("/impossible"), wire.Internal)
}

func TestLiveSessionOnEcho(t *testing.T) {
	s := start(t)
	e := echo.New()
	e.GET("/sensitive", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }, s.Auth.RequireAuth(server.LiveSession))
	host := httptest.NewServer(e)
	t.Cleanup(host.Close)
	b := signedIn(t, s)
	tab := b.Copy()
	s.URL = host.URL
	there := b.At(s)
	wantStatus(t, there.Get("/sensitive"), http.StatusNoContent)
	wantStatus(t, tab.Logout(), http.StatusNoContent)
	wantRefusal(t, there.Get("/sensitive"), wire.SessionRevoked)
}
