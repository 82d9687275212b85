package sqlitestore

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/authfetch/authfetch/server/rotation"
)

// unavailable says what was being done when the database failed. Whatever the
// failure was (busy, closed, disk full, deadline), it says nothing about the
// session or user in question, and the same call may succeed later.
func unavailable(doing string, err error) error {
	return fmt.Errorf("sqlite: %s: %w: %w", doing, rotation.ErrUnavailable, err)
}

// errForeign: a sound SQLite file that another program has made.
var errForeign = errors.New("tables of another program")

// isBusy reports whether another process holds the lock.
func isBusy(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_BUSY
}

// openError explains why a file cannot be used.
func openError(path string, err error) error {
	if errors.Is(err, errForeign) {
		return fmt.Errorf("%w: %s has %w; move it away, or name another one", ErrNotDatabase, path, err)
	}
	if failure, ok := errors.AsType[*sqlite.Error](err); ok {
		switch failure.Code() & 0xff { // the extended codes refine the last byte
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%w: %s; restore it from a backup, or move it away and begin anew", ErrNotDatabase, path)
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY:
			return fmt.Errorf("%w: %s: %w; this user must be able to write to it and to its directory", ErrUnreadable, path, err)
		}
	}
	return fmt.Errorf("open the database %s: %w", path, err)
}
