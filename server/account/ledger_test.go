package account_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

func TestTroubleIsGivenBack(t *testing.T) {
	th := throttle(t, open(t), account.ThrottlePolicy{})
	fails(t, th, 9, ada)
	for range 20 {
		if err := th.Try(t.Context(), ada, func() error { return errTrouble }); !errors.Is(err, errTrouble) {
			t.Fatal(err)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_ = th.Try(t.Context(), ada, func() error { panic("boom") })
	}()
	fails(t, th, 1, ada)
	wantThrottled(t, th, ada)
}

// TestHangingUpCountsAll is about a client that does not wait for the answer, and
// goes to another node.
func TestHangingUpCountsAll(t *testing.T) {
	store := open(t)
	th := throttle(t, store, account.ThrottlePolicy{})
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		if err := th.Try(ctx, ada, func() error { cancel(); return wrong() }); !errors.Is(err, account.ErrInvalidCredentials) {
			t.Fatal(err)
		}
	}
	wantThrottled(t, throttle(t, store, account.ThrottlePolicy{}), ada)
}

// TestParallelGuesses holds every attempt that is let through until all of them
// have tried, on two nodes.
func TestParallelGuesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var nodes []*account.Throttle
	for range 2 {
		store, err := sqlitestore.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // nothing depends on it
		nodes = append(nodes, throttle(t, store, account.ThrottlePolicy{}))
	}
	const guesses = 60
	var checked, throttled atomic.Int64
	var all, done sync.WaitGroup
	all.Add(guesses)
	for i := range guesses {
		done.Go(func() {
			err := nodes[i%2].Try(t.Context(), ada, func() error {
				checked.Add(1)
				all.Done()
				all.Wait()
				return wrong()
			})
			switch refused, ok := errors.AsType[*account.ThrottleError](err); {
			case ok && refused.RetryAfter == time.Second:
				throttled.Add(1)
				all.Done()
			case !errors.Is(err, account.ErrInvalidCredentials):
				t.Errorf("guess %d: %v", i, err)
			}
		})
	}
	done.Wait()
	if checked.Load() != 10 || throttled.Load() != guesses-10 {
		t.Errorf("%d guesses were checked and %d refused, want 10 and %d", checked.Load(), throttled.Load(), guesses-10)
	}
	for _, node := range nodes {
		wantThrottled(t, node, ada)
	}
}

// writes counts what reaches the store.
type writes struct {
	account.ThrottleStore
	count int
}

func (w *writes) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	w.count++
	return w.ThrottleStore.ChangeBuckets(ctx, keys, change)
}

func TestWhatALoginWrites(t *testing.T) {
	store := &writes{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	try := func(check func() error, want int) {
		t.Helper()
		store.count = 0
		_ = th.Try(t.Context(), ada, check) // what becomes of it is tested above
		if store.count != want {
			t.Errorf("%d writes, want %d", store.count, want)
		}
	}
	try(right, 1)
	try(right, 1)
	try(func() error { return errTrouble }, 1)
	try(wrong, 2)
	try(right, 2) // forgives
	try(right, 1)
	fails(t, th, 10, ada)
	try(right, 0)
}

// TestNothingStaysBehind is about the ends of attempts that are in no hurry.
func TestNothingStaysBehind(t *testing.T) {
	store := open(t)
	th := throttle(t, store, account.ThrottlePolicy{})
	for i := range 20 {
		who := account.Attempt{Account: fmt.Sprint(i, "@example.com"), Address: ada.Address}
		if err := th.Try(t.Context(), who, right); err != nil {
			t.Fatal(err)
		}
	}
	// The account and the address of the last one.
	if left, err := store.DeleteBuckets(t.Context(), noon.Add(time.Hour)); err != nil || left != 2 {
		t.Errorf("%d buckets are left, error %v, want 2", left, err)
	}
}

// TestFlush is about the end of a process: no sign-in stays pending.
func TestFlush(t *testing.T) {
	store := &writes{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	if err := th.Try(t.Context(), ada, right); err != nil {
		t.Fatal(err)
	}
	store.count = 0
	for range 2 {
		if err := th.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if store.count != 1 {
			t.Errorf("%d writes, want one, and none where nothing is left to write", store.count)
		}
	}
	if left, err := store.DeleteBuckets(t.Context(), noon.Add(time.Hour)); err != nil || left != 0 {
		t.Errorf("%d buckets are left, error %v, want none", left, err)
	}
}

// failing is a store whose writes fail for a while.
type failing struct {
	account.ThrottleStore
	down bool
}

func (f *failing) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	if f.down {
		return rotation.ErrUnavailable
	}
	return f.ThrottleStore.ChangeBuckets(ctx, keys, change)
}

// TestAFailureThatCannotBeWritten counts all the same.
func TestAFailureThatCannotBeWritten(t *testing.T) {
	store := &failing{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	for range 10 {
		err := th.Try(t.Context(), ada, func() error { store.down = true; return wrong() })
		if !errors.Is(err, account.ErrInvalidCredentials) {
			t.Fatal(err)
		}
		store.down = false
	}
	wantThrottled(t, th, ada)
}

// TestWhatWaitsSurvivesAFailure is about the ends of attempts that are in no hurry,
// when the write that they wait for fails.
func TestWhatWaitsSurvivesAFailure(t *testing.T) {
	store := &failing{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	for _, row := range []struct {
		account string
		down    bool
		want    error
	}{{"a@b", false, nil}, {"c@d", true, rotation.ErrUnavailable}, {"e@f", false, nil}} {
		store.down = row.down
		if err := th.Try(t.Context(), account.Attempt{Account: row.account}, right); !errors.Is(err, row.want) {
			t.Fatalf("%s: %v", row.account, err)
		}
	}
	if left, err := store.DeleteBuckets(t.Context(), noon.Add(time.Hour)); err != nil || left != 1 {
		t.Errorf("%d buckets are left, error %v, want that of the last attempt", left, err)
	}
}
