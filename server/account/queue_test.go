package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

// TestHashingIsBounded lets one call take the only slot and keep it for long; a
// second one whose caller does not wait finds none.
func TestHashingIsBounded(t *testing.T) {
	s := service(t, account.Config{
		Store: open(t), Parallel: 1, Params: account.Params{Memory: 32 << 10, Passes: 8, Lanes: 1},
	})
	done := make(chan error, 1)
	go func() {
		_, err := s.Add(t.Context(), account.NewUser{Email: "ada@example.com", Password: password})
		done <- err
	}()
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	busy := false
	for !busy {
		select {
		case err := <-done:
			t.Fatalf("the slot was never found taken (error %v)", err)
		default:
			_, err := s.Authenticate(impatient, "no address", password)
			busy = errors.Is(err, account.ErrBusy)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestMoreThanCanWait: some are turned away because the queue is full, or because
// they have waited for too long.
func TestMoreThanCanWait(t *testing.T) {
	for _, row := range []struct {
		name  string
		queue int
		wait  time.Duration
		least int // are served
	}{
		{"the queue is full", 2, time.Hour, 3},
		{"patience ends", 100, time.Millisecond, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := service(t, account.Config{
				Store: open(t), Parallel: 1, Queue: row.queue, Wait: row.wait,
				Params: account.Params{Memory: 16 << 10, Passes: 8, Lanes: 1},
			})
			const callers = 12
			results := make(chan error, callers)
			for i := range callers {
				go func() {
					_, err := s.Add(t.Context(), account.NewUser{Email: fmt.Sprint(i, "@example.com"), Password: password})
					results <- err
				}()
			}
			served, busy := 0, 0
			for range callers {
				switch err := <-results; {
				case err == nil:
					served++
				case errors.Is(err, account.ErrBusy):
					busy++
				default:
					t.Error(err)
				}
			}
			// Whoever comes late may find that the queue has moved on.
			if served < row.least || busy == 0 {
				t.Errorf("%d were served and %d turned away, want at least %d and 1", served, busy, row.least)
			}
			add(t, s, "ada@example.com")
		})
	}
}
