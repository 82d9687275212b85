package pgstore_test

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// A node whose clock is a day ahead forgets nothing that counts still.
func TestForgetAhead(t *testing.T) {
	databaseURL := database(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	pgtest.SetClock(t, databaseURL, now)
	store, tomorrow := open(t, databaseURL), now.Add(24*time.Hour)
	if clock, err := store.Clock(t.Context()); err != nil || !clock.Equal(now) {
		t.Errorf("the clock says %v (%v), want %v", clock, err, now)
	}
	err := store.ChangeBuckets(t.Context(), []string{"a", "b"}, func(at time.Time, b []account.Bucket) error {
		if !at.Equal(now) {
			t.Errorf("it is changed at %v, want %v", at, now)
		}
		b[0] = account.Bucket{Failures: 1, ForgetAt: now}
		b[1] = account.Bucket{Failures: 1, ForgetAt: now.Add(time.Millisecond)}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.UseProof(t.Context(), dpop.ID{1}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := store.UseProof(t.Context(), dpop.ID{2}, now.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if deleted, err := store.DeleteBuckets(t.Context(), tomorrow); err != nil || deleted != 1 {
		t.Errorf("deleted %d buckets (%v), want the one that is over", deleted, err)
	}
	if forgotten, err := store.ForgetProofs(t.Context(), tomorrow); err != nil || forgotten != 1 {
		t.Errorf("forgot %d proofs (%v), want the one that is over", forgotten, err)
	}
	if _, at, err := store.Buckets(t.Context(), []string{"a"}); err != nil || !at.Equal(now) {
		t.Errorf("buckets are read at %v (%v), want %v", at, err, now)
	}
}
