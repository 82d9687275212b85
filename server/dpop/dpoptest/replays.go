package dpoptest

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
)

// Connect opens one new and empty store, the second time the same one as another
// process would; close ends that connection early.
type Connect func(t *testing.T) (replays dpop.Replays, end func())

// RunReplays checks that Replays keep their contract. It calls open for each test,
// to have a store of its own. It uses real time only as a label.
func RunReplays(t *testing.T, open func(t *testing.T) Connect) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Connect)
	}{
		{"a proof is used once", useOnce},
		{"of parallel uses one is the first", parallelUses},
		{"what is over is forgotten, and nothing else", forget},
		{"many are forgotten", forgetMany},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// end is far in the future: a Memory goes by the present time.
var end = time.Now().Add(time.Hour).Truncate(time.Second).UTC()

func newID() (id dpop.ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func use(t *testing.T, replays dpop.Replays, id dpop.ID, until time.Time, want bool) {
	t.Helper()
	if first, err := replays.UseProof(t.Context(), id, until); err != nil || first != want {
		t.Errorf("the first time: %t (%v), want %t", first, err, want)
	}
}

func useOnce(t *testing.T, connect Connect) {
	here, _ := connect(t)
	there, _ := connect(t)
	id, other := newID(), newID()
	use(t, here, id, end, true)
	use(t, here, id, end, false)
	use(t, there, id, end, false)
	use(t, there, id, end.Add(time.Hour), false) // whatever its end
	use(t, there, other, end, true)
	use(t, here, other, end, false)
}

func parallelUses(t *testing.T, connect Connect) {
	here, _ := connect(t)
	there, _ := connect(t)
	stores := []dpop.Replays{here, there}
	for range 10 {
		const n = 32
		id := newID()
		firsts := make([]bool, n)
		var ready, done sync.WaitGroup
		ready.Add(n)
		for i := range n {
			done.Go(func() {
				ready.Done()
				ready.Wait() // so that all of them begin together
				first, err := stores[i%2].UseProof(t.Context(), id, end)
				if err != nil {
					t.Error(err)
				}
				firsts[i] = first
			})
		}
		done.Wait()
		count := 0
		for _, first := range firsts {
			if first {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%d of %d were the first, want 1", count, n)
		}
	}
}

func forget(t *testing.T, connect Connect) {
	replays, _ := connect(t)
	over, kept := newID(), newID()
	use(t, replays, over, end, true)
	use(t, replays, kept, end.Add(time.Millisecond), true)
	for _, want := range []int{1, 0} {
		if count, err := replays.ForgetProofs(t.Context(), end); err != nil || count != want {
			t.Errorf("forgot %d (%v), want %d", count, err, want)
		}
	}
	use(t, replays, kept, end.Add(time.Millisecond), false)
	use(t, replays, over, end, true)
}

func forgetMany(t *testing.T, connect Connect) {
	replays, _ := connect(t)
	const n = 2500
	var done sync.WaitGroup
	for range n / 50 {
		done.Go(func() {
			for range 50 {
				if _, err := replays.UseProof(t.Context(), newID(), end); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	if count, err := replays.ForgetProofs(t.Context(), end); err != nil || count != n {
		t.Errorf("forgot %d (%v), want %d", count, err, n)
	}
}

// RunUnavailable is for a store that can be away: each call fails then, with an
// error that is target.
func RunUnavailable(t *testing.T, connect Connect, want func(error) bool) {
	replays, end := connect(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	check := func(ctx context.Context, when string) {
		t.Helper()
		if first, err := replays.UseProof(ctx, newID(), time.Now()); first || !want(err) {
			t.Errorf("%s: use: %t, %v", when, first, err)
		}
		if _, err := replays.ForgetProofs(ctx, time.Now()); !want(err) {
			t.Errorf("%s: forget: %v", when, err)
		}
	}
	check(canceled, "the context has ended")
	end()
	check(t.Context(), "it is closed")
}
