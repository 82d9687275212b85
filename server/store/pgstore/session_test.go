package pgstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
)

// The second line of defence: a disabled user's session that somehow lives is not
// rotated, and is told apart.
func TestDisabledUsersSession(t *testing.T) {
	databaseURL := database(t)
	store := open(t, databaseURL)
	create(t, store, "a")
	execute(t, databaseURL, "INSERT INTO authfetch.users VALUES ('u', 'u@example.com', '', '', now(), now())")
	token := rotation.Token{SessionID: "a", Nonce: "n"}
	if _, err := store.RotateCurrent(t.Context(), token, "", rotation.Successor{Nonce: "m", IdleTTL: time.Hour}); !errors.Is(err, rotation.ErrConflict) {
		t.Errorf("rotate: %v, want %v", err, rotation.ErrConflict)
	}
	if rec, _, err := store.Session(t.Context(), "a"); err != nil || !rec.UserDisabled || rec.Generation != 0 {
		t.Errorf("the session is %+v (%v), want it disabled", rec, err)
	}
	if list, err := store.Sessions(t.Context(), "u", time.Now()); err != nil || len(list) != 0 {
		t.Errorf("%d sessions are listed (%v), want none", len(list), err)
	}
	execute(t, databaseURL, "UPDATE authfetch.users SET disabled_at = NULL")
	if _, err := store.RotateCurrent(t.Context(), token, "", rotation.Successor{Nonce: "m", IdleTTL: time.Hour}); err != nil {
		t.Errorf("rotate an enabled user's: %v", err)
	}
}

// Few sessions are counted, and of many it is told how many there are about.
func TestCountSessions(t *testing.T) {
	databaseURL := database(t)
	store := open(t, databaseURL)
	for _, want := range []int{0, 1} {
		if count, err := store.CountSessions(t.Context(), time.Now()); err != nil || count != want {
			t.Errorf("counted %d (%v), want %d", count, err, want)
		}
		create(t, store, string(rune('a'+want)))
	}
	crowd(t, databaseURL, 20_000)
	execute(t, databaseURL, "UPDATE authfetch.sessions SET expires_at = now() WHERE id < 's15'") // about a quarter
	if count, err := store.CountSessions(t.Context(), time.Now()); err != nil || count < 10_000 || count > 19_000 {
		t.Fatalf("counted %d (%v)", count, err)
	}
	exact, err := store.CountSessions(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if count, err := pgstore.CountSessions(store, t.Context(), 5000); err != nil || count == exact || count < exact/2 || count > exact*2 {
		t.Errorf("of a part of them, inferred %d (%v), want about %d", count, err, exact)
	}
}
