package rotation_test

import (
	"database/sql"
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
)

// backUp is the session's row as a backup has it.
func (w *world) backUp(t *testing.T, id string) rotation.Record {
	t.Helper()
	rec, _, err := w.store.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// restore puts such a row back, which is not of this very moment, and starts the
// engine anew, which is told of it.
func (w *world) restore(t *testing.T, rec rotation.Record) {
	t.Helper()
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM sessions WHERE id = ?1", rec.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.store.CreateSession(t.Context(), rec, nil); err != nil {
		t.Fatal(err)
	}
	w.policy.RestoredAt = w.clock()
	w.Engine = w.engine(t, w.store, w.secrets)
}
