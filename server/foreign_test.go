package server_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// countedStore is the real store, with a count of how often it is asked.
type countedStore struct {
	server.Store
	calls atomic.Int64
}

func (s *countedStore) Session(ctx context.Context, id string) (rotation.Record, time.Time, error) {
	s.calls.Add(1)
	return s.Store.Session(ctx, id)
}

func (s *countedStore) CreateSession(ctx context.Context, rec rotation.Record, replaces []string) (rotation.Record, int, error) {
	s.calls.Add(1)
	return s.Store.CreateSession(ctx, rec, replaces)
}

func (s *countedStore) ChangeSession(ctx context.Context, id string, generation int64, nonce string, change rotation.Change) (rotation.Record, error) {
	s.calls.Add(1)
	return s.Store.ChangeSession(ctx, id, generation, nonce, change)
}

func (s *countedStore) RevokeSessions(ctx context.Context, which rotation.Selection, reason wire.Reason, at time.Time) (int, error) {
	s.calls.Add(1)
	return s.Store.RevokeSessions(ctx, which, reason, at)
}

func (s *countedStore) Sessions(ctx context.Context, userID string, at time.Time) ([]rotation.Record, error) {
	s.calls.Add(1)
	return s.Store.Sessions(ctx, userID, at)
}

func (s *countedStore) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	s.calls.Add(1)
	return s.Store.SigningKeys(ctx)
}

// TestS24NothingIsAskedForAForeignPage sends what would succeed, were it not for
// the page that it comes from.
func TestS24NothingIsAskedForAForeignPage(t *testing.T) {
	var store *countedStore
	var users atomic.Int64
	s := start(t, allowApp, func(c *server.Config) {
		store = &countedStore{Store: c.Store}
		c.Store = store
		check := c.Authenticate
		c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
			users.Add(1)
			return check(ctx, email, password)
		}
	})
	b := signedIn(t, s)
	if store.calls.Load() == 0 || users.Load() == 0 {
		t.Fatal("the store is not the one that is asked")
	}
	for _, page := range []struct {
		name   string
		header header
	}{
		{"foreign origin", header{"Origin": "https://evil.example"}},
		{"null origin", header{"Origin": "null"}},
		{"our origin over plain HTTP", header{"Origin": "http://app.example.com"}},
		{"cross-site", header{"Sec-Fetch-Site": "cross-site"}},
		{"a sibling", header{"Sec-Fetch-Site": "same-site", "Origin": "https://www.example.com"}},
	} {
		for _, route := range []struct{ method, path, body string }{
			{http.MethodPost, pathAuth, `{"email":"user@example.com","password":"pa55w0rd"}`},
			{http.MethodDelete, pathAuth, ""},
			{http.MethodPost, pathRefresh, ""},
			{http.MethodDelete, pathSessions, ""},
			{http.MethodDelete, pathSessions + "?scope=all", ""},
			{http.MethodDelete, pathSessions + "/" + claimsOf(t, s, b).SessionID, ""},
			{http.MethodPut, wire.DefaultPrefix + wire.PathPassword, `{"old_password":"pa55w0rd","new_password":"correct horse"}`},
			{http.MethodPost, wire.DefaultPrefix + wire.PathUsers, `{"email":"eve@example.com","password":"correct horse","name":"Eve"}`},
			{http.MethodPost, "/api/nothing", ""},
		} {
			t.Run(page.name+", "+route.method+" "+route.path, func(t *testing.T) {
				before, askedBefore := store.calls.Load(), users.Load()
				req := header{
					"X-Auth-Fetch": "1", "Authorization": "Bearer " + b.AccessToken, "Content-Type": wire.TypeJSON,
				}.on(b.Request(route.method, route.path, []byte(route.body)))
				res := b.Do(page.header.on(req))
				wantRefusal(t, res, wire.CSRFRejected)
				if got := res.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("Access-Control-Allow-Origin %q", got)
				}
				if store.calls.Load() != before || users.Load() != askedBefore {
					t.Error("the database was asked")
				}
			})
		}
	}
	t.Run("the cookie without the marker", func(t *testing.T) {
		before := store.calls.Load()
		for _, req := range []*http.Request{b.RefreshRequest(), logoutRequest(b, b.Cookie, "")} {
			req.Header.Del("X-Auth-Fetch")
			req.Header.Del("Authorization")
			wantRefusal(t, b.Do(req), wire.CSRFRejected)
		}
		if store.calls.Load() != before {
			t.Error("the database was asked")
		}
	})
	wantStatus(t, b.Refresh(), http.StatusOK)
}

// The bearer is the credential there, and no foreign page has it.
func TestS24SessionsOfAnAllowedPage(t *testing.T) {
	s := start(t, allowApp)
	b := signedIn(t, s)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		req := header{"Origin": app, "Sec-Fetch-Site": "cross-site", "Authorization": "Bearer " + b.AccessToken}.on(b.Request(method, pathSessions, nil))
		res := b.Do(req)
		if res.Status >= http.StatusMultipleChoices || res.Header.Get("Access-Control-Allow-Origin") != app {
			t.Errorf("%s: status %d, Access-Control-Allow-Origin %q", method, res.Status, res.Header.Get("Access-Control-Allow-Origin"))
		}
	}
	for _, method := range []string{http.MethodDelete, http.MethodPut} {
		req := header{"Origin": app, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}.on(b.Request(http.MethodOptions, pathSessions+"/some", nil))
		res := b.Do(req)
		wantStatus(t, res, http.StatusNoContent)
		if got := res.Header.Get("Access-Control-Allow-Methods"); got != "GET, HEAD, POST, PUT, PATCH, DELETE" {
			t.Errorf("Access-Control-Allow-Methods %q", got)
		}
	}
}
