package sqlitestore

import (
	"context"
	"testing"
)

// MaxBatch is maxBatch.
const MaxBatch = maxBatch

// Write is s.write; exec runs a statement in the transaction.
func (s *Store) Write(ctx context.Context, run func(exec func(statement string) error) error) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		return run(func(statement string) error {
			_, err := tx.exec(ctx, statement)
			return err
		})
	})
}

// Waiting is how many writes wait for their turn.
func (s *Store) Waiting() int {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return len(s.writer.waiting)
}

// Pragma reads a setting of the writing and of a reading connection.
func Pragma(t *testing.T, s *Store, name string) (writer, reader string) {
	t.Helper()
	for _, side := range []struct {
		db   *prepared
		into *string
	}{{s.writer.tx, &writer}, {s.reader, &reader}} {
		if err := side.db.row(t.Context(), "PRAGMA "+name).Scan(side.into); err != nil {
			t.Fatal(err)
		}
	}
	return writer, reader
}

// The two halves of DeleteSessions, for a test that comes in between.
var (
	EndedSessions  = (*Store).endedSessions
	RemoveSessions = (*Store).removeSessions
)

// Synchronous is how the writing connection committed last, by SQLite's own word: 2
// is FULL, 1 is NORMAL. Pragma keeps its statement prepared, and with it the answer.
func (s *Store) Synchronous(ctx context.Context) (mode int, err error) {
	err = s.writer.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&mode)
	return mode, err
}
