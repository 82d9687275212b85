package server_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// keylessStore is the real store, whose keys can get lost.
type keylessStore struct {
	server.Store
	lost atomic.Bool
}

func (s *keylessStore) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	if s.lost.Load() {
		return nil, nil
	}
	return s.Store.SigningKeys(ctx)
}

func TestReady(t *testing.T) {
	store := &keylessStore{}
	s := start(t, func(c *server.Config) {
		store.Store = c.Store
		c.Store = store
	})
	b := s.Browser(t)
	want := func(status int, body string) {
		t.Helper()
		res := b.Get(wire.PathReady)
		wantStatus(t, res, status)
		if string(res.Body) != body+"\n" || (res.Header.Get("Retry-After") != "") != (status == http.StatusServiceUnavailable) {
			t.Errorf("body %s, Retry-After %q; want %s", res.Body, res.Header.Get("Retry-After"), body)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
	}
	want(200, `{"status":"ok"}`)
	store.lost.Store(true)
	want(503, `{"status":"unavailable","missing":"signing_key"}`)
	store.lost.Store(false)
	want(200, `{"status":"ok"}`)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	want(503, `{"status":"unavailable","missing":"database"}`)
	if log := s.Log.String(); !strings.Contains(log, `msg="not ready" missing=database cause=`) {
		t.Errorf("the log does not say why:\n%s", log)
	}
	wantStatus(t, b.Get(wire.PathHealth), http.StatusOK) // the process itself is well
}
