package sqlitestore

import "testing"

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
