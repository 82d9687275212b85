package sqlitestore_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
)

// A session was found to have ended and is refreshed before it is removed.
func TestASessionThatLivesAgainIsNotRemoved(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	create(t, store, "gone")
	create(t, store, "refreshed")
	rec := session("refreshed")
	later := rec.ExpiresAt.Add(-time.Minute)

	ended, _, err := sqlitestore.EndedSessions(store, t.Context(), later, "")
	if err != nil || !slices.Equal(ended, []string{"gone", "refreshed"}) {
		t.Fatalf("ended are %q (%v), want both", ended, err)
	}
	_, err = store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, rotation.Change{
		Kind: rotation.Rotate, At: later, Nonce: "next", IdleExpiresAt: rec.ExpiresAt,
	})
	if err != nil {
		t.Fatal(err)
	}
	if count, err := sqlitestore.RemoveSessions(store, t.Context(), later, ended); err != nil || count != 1 {
		t.Errorf("removed %d (%v), want 1", count, err)
	}
	if _, _, err := store.Session(t.Context(), "refreshed"); err != nil {
		t.Errorf("the one that was refreshed: %v", err)
	}
}

func TestCountSessions(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	for i := range 5 {
		create(t, store, fmt.Sprint(i))
	}
	if _, err := store.RevokeSessions(t.Context(), rotation.Selection{IDs: []string{"3"}}, wire.ReasonLogout, time.Now()); err != nil {
		t.Fatal(err)
	}
	idleEnd := session("").IdleExpiresAt
	for at, want := range map[time.Time]int{idleEnd.Add(-time.Millisecond): 4, idleEnd: 0} {
		if count, err := store.CountSessions(t.Context(), at); err != nil || count != want {
			t.Errorf("at %v: %d sessions (%v), want %d", at, count, err, want)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CountSessions(t.Context(), idleEnd); err == nil {
		t.Error("a closed store counts sessions")
	}
}
