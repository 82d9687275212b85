package sqlitestore_test

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/rotation"
)

// A used proof does not wait for the disk. What else is written does, right after
// it, and together with it.
func TestProofsDoNotWaitForTheDisk(t *testing.T) {
	const normal, full = 1, 2
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	id := byte(0)
	use := func() {
		t.Helper()
		id++
		if first, err := store.UseProof(t.Context(), dpop.ID{id}, time.Now()); err != nil || !first {
			t.Fatalf("use a proof: %t, %v", first, err)
		}
	}
	want := func(mode int, when string) {
		t.Helper()
		if got, err := store.Synchronous(t.Context()); err != nil || got != mode {
			t.Errorf("%s: synchronous is %d (%v), want %d", when, got, err, mode)
		}
	}
	want(full, "at the beginning")
	use()
	want(normal, "a proof")
	create(t, store, "a")
	want(full, "a session after it")
	use()
	use()
	rec := session("a")
	change := rotation.Change{Kind: rotation.Rotate, At: rec.CreatedAt, Nonce: "next", IdleExpiresAt: rec.IdleExpiresAt}
	if _, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change); err != nil {
		t.Fatal(err)
	}
	want(full, "a refresh after two")
}

func TestProofsShareABatch(t *testing.T) {
	h := hold(t)
	session := h.queue(t.Context(), note("a"))
	proofs := make(chan error)
	before := h.Waiting()
	go func() {
		_, err := h.UseProof(context.Background(), dpop.ID{1}, time.Now())
		proofs <- err
	}()
	for h.Waiting() == before {
		runtime.Gosched()
	}
	written := commits(t, h.path)
	h.let()
	for _, answer := range []chan error{session[0], proofs} {
		if err := <-answer; err != nil {
			t.Error(err)
		}
	}
	if got := commits(t, h.path) - written; got != 1 {
		t.Errorf("%d commits, want one", got)
	}
	if mode, err := h.Synchronous(t.Context()); err != nil || mode != 2 {
		t.Errorf("synchronous is %d (%v), want 2: a session was among them", mode, err)
	}
}

// A server that is killed forgets no proof.
func TestProofsSurviveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	if _, err := store.UseProof(t.Context(), dpop.ID{1}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if first, err := open(t, path).UseProof(t.Context(), dpop.ID{1}, time.Now()); err != nil || first {
		t.Errorf("another process, while the first one is in the middle of things: %t, %v", first, err)
	}
}
