package sqlitestore_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/authfetch/authfetch/server/rotation"
)

// A database of the first version, with a session in it, is brought up to date: the
// session is refreshed as if nothing had happened.
func TestUpgradeFromTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	want := session("a")
	want.Generation, want.PreviousNonce, want.PreviousIssuedAt = 1, "n0", want.CreatedAt.Add(-time.Minute)
	_, err = db.ExecContext(t.Context(), `
		INSERT INTO sessions (id, user_id, generation, nonce, previous_nonce, created_at, rotated_at, previous_rotated_at,
			replays, idle_expires_at, expires_at, revoked_reason, user_agent, address)
		VALUES ('a', 'u', 1, 'n', 'n0', ?1, ?1, ?2, 0, ?3, ?4, '', '', '')`,
		want.CreatedAt.UnixMilli(), want.PreviousIssuedAt.UnixMilli(), want.IdleExpiresAt.UnixMilli(), want.ExpiresAt.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}

	store := open(t, path)
	if got, _, err := store.Session(t.Context(), "a"); err != nil || got != want {
		t.Fatalf("session is %+v (%v), want %+v", got, err, want)
	}
	change := rotation.Change{Kind: rotation.Rotate, At: want.CreatedAt, Nonce: "n2", IdleExpiresAt: want.IdleExpiresAt}
	if got, err := store.ChangeSession(t.Context(), "a", 1, "n", change); err != nil || got.Generation != 2 || !got.PreviousIssuedAt.Equal(want.RotatedAt) {
		t.Errorf("rotated to %+v (%v)", got, err)
	}
}
