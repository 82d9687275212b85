package session_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// Whether calls leave in order can be seen where one runs at a time, as in the
// page; with threads, only that nobody is forgotten.
func TestWaitingCallsAreAllLetGo(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		p.backend.ExpireTokens()
		if _, ok := p.Begin(); !ok {
			t.Fatal("a call with a token that looks fresh has to wait")
		}
		var mu sync.Mutex
		var went []int
		var calls sync.WaitGroup
		for i := range 30 {
			ctx, abort := context.WithCancel(context.Background())
			defer abort()
			c := p.call()
			c.Answer = func(n int, token session.AccessToken) (session.Answer, error) {
				if n == 1 {
					return session.Answer{Status: 401}, nil
				}
				mu.Lock()
				defer mu.Unlock()
				went = append(went, i)
				return session.Answer{Status: 200}, nil
			}
			calls.Go(func() { _ = p.Do(sessiontest.Context(ctx), c) })
			synctest.Wait()
			if i%3 == 0 {
				abort() // in the middle of the queue
			}
		}
		release()
		calls.Wait()
		slices.Sort(went)
		var want []int
		for i := range 30 {
			if i%3 != 0 {
				want = append(want, i)
			}
		}
		if !slices.Equal(went, want) {
			t.Errorf("sent again: got %v, want %v", went, want)
		}
	})
}
