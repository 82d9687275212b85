package server_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
)

// watchedStore is the real store, with a count of the marks that are set.
type watchedStore struct {
	server.Store
	mu    sync.Mutex
	marks int
	fail  error // instead of setting one
}

func (s *watchedStore) ChangeSession(ctx context.Context, id string, generation int64, nonce string, change rotation.Change) (rotation.Record, error) {
	if change.Kind == rotation.See {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.marks++
		if s.fail != nil {
			return rotation.Record{}, s.fail
		}
	}
	return s.Store.ChangeSession(ctx, id, generation, nonce, change)
}

func (s *watchedStore) want(t *testing.T, marks int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks != marks {
		t.Errorf("%d marks, want %d", s.marks, marks)
	}
}

func TestSeenIsMarkedOncePerRotation(t *testing.T) {
	watched := &watchedStore{}
	s := start(t, func(c *server.Config) { watched.Store, c.Store = c.Store, watched })
	b := signedIn(t, s)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	watched.want(t, 0) // the first token has no predecessor
	for rotations := range 3 {
		wantStatus(t, b.Refresh(), http.StatusOK)
		var wg sync.WaitGroup
		answers := make([]servertest.Response, 20)
		for i := range answers {
			wg.Go(func() { answers[i] = b.Copy().Get(pathMe) })
		}
		wg.Wait()
		for _, res := range answers {
			wantStatus(t, res, http.StatusOK)
		}
		watched.want(t, rotations+1)
	}
}

func TestAMarkThatFailsDisturbsNobody(t *testing.T) {
	watched := &watchedStore{fail: errors.New("disk full")}
	s := start(t, func(c *server.Config) { watched.Store, c.Store = c.Store, watched })
	b := signedIn(t, s)
	wantStatus(t, b.Refresh(), http.StatusOK)
	for range 3 {
		wantStatus(t, b.Get(pathMe), http.StatusOK)
	}
	watched.want(t, 1) // and then the store is left alone for a while
	watched.fail = nil
	s.Clock.Advance(5 * time.Second)
	for range 3 {
		wantStatus(t, b.Get(pathMe), http.StatusOK)
	}
	watched.want(t, 2)
}
