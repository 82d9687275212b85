package sqlitestore

import (
	"database/sql"
	"testing"
)

// Pragma reads a setting of the writing and of a reading connection.
func Pragma(t *testing.T, s *Store, name string) (writer, reader string) {
	t.Helper()
	for _, side := range []struct {
		db   *sql.DB
		into *string
	}{{s.writer, &writer}, {s.reader, &reader}} {
		if err := side.db.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(side.into); err != nil {
			t.Fatal(err)
		}
	}
	return writer, reader
}
