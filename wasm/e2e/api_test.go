//go:build !js

package e2e_test

import (
	"cmp"
	"context"
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// An api is the real server on SQLite, with a clock that a spec moves, and routes
// of an application beside its own.
type api struct {
	*servertest.Server
	handler   http.Handler
	elsewhere *servertest.Browser // the user's other one
	rows      *sql.DB             // the server's database, a second time
}

// settings are what a spec may start the server with anew.
type settings struct {
	Cookie       server.CookieProfile `json:"cookie"`   // zero: the default
	Previous     server.CookieProfile `json:"previous"` // zero: none
	Registration bool                 `json:"registration"`
	DPoP         server.DPoPMode      `json:"dpop"` // zero: as authfetchd serve has it
}

// newAPI starts the server on the data in dir; empty: on none. The routes, below
// /api/test, want a token.
func newAPI(t *testing.T, dir string, with settings, routes map[string]http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	a.Server = servertest.New(t, servertest.Options{
		Dir: dir,
		Configure: func(config *server.Config) {
			config.HTTP.Cookie = server.CookieConfig{Profile: with.Cookie, Previous: with.Previous}
			config.DPoP.Mode = cmp.Or(with.DPoP, server.DPoPOptional)
			if with.Registration {
				config.Users.Register = func(ctx context.Context, n account.NewUser) (server.User, error) {
					return a.Accounts.Add(ctx, n)
				}
			}
		},
		Routes: func(mux *http.ServeMux, auth *server.Auth) {
			for path, handler := range routes {
				mux.Handle("/api/test"+path, auth.Protect(handler))
			}
		},
		// The page and the API have one origin, so the site serves both.
		Wrap: func(handler http.Handler) http.Handler {
			a.handler = handler
			return handler
		},
	})
	// As authfetchd serve --demo has it.
	guest := account.NewUser{Email: "guest@example.com", Password: servertest.Password, Name: "Guest"}
	if err := a.Accounts.Ensure(t.Context(), guest); err != nil {
		t.Fatal(err)
	}
	a.elsewhere = a.Browser(t)
	rows, err := sql.Open("sqlite", "file:"+filepath.Join(a.Dir, "authfetch.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	a.rows = rows
	return a
}

// advance moves the server's clock.
func (a *api) advance(d time.Duration) { a.Clock.Advance(d) }

// A session is what the database says of one.
type session struct {
	ID         string `json:"id"`
	Generation int    `json:"generation"`
	Revoked    bool   `json:"revoked"`
	Reason     string `json:"reason"`
}

// sessions lists all that the database has, revoked ones too, oldest first; those of
// one moment, as the clock stands still, come in any order. It asks the database,
// not the server, which shows only what is live.
func (a *api) sessions(ctx context.Context) ([]session, error) {
	rows, err := a.rows.QueryContext(ctx, `
		SELECT id, generation, revoked_at IS NOT NULL, revoked_reason
		FROM sessions ORDER BY created_at, id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []session{}
	for rows.Next() {
		var s session
		if err := rows.Scan(&s.ID, &s.Generation, &s.Revoked, &s.Reason); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// revoke ends every session, as an operator would.
func (a *api) revoke(ctx context.Context) error {
	list, err := a.sessions(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	_, err = a.Store.RevokeSessions(ctx, rotation.Selection{IDs: ids}, wire.ReasonAdmin, a.Clock.Now())
	return err
}
