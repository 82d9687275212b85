// Package sqlitestore keeps sessions, signing keys, users, counts of failed
// sign-ins and used proofs in one SQLite file. It implements [rotation.Store],
// [token.KeyStore], [account.Store], [account.ThrottleStore] and [dpop.Replays].
//
// It is for one machine. Several processes may share the file, but not over a
// network file system, where SQLite's locks do not hold.
//
//	store, err := sqlitestore.Open(ctx, "data/authfetch.db")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// Each method is one statement, or one write in a transaction that begins by
// locking, so nothing that was read can be out of date when it is written. A method
// that has returned without an error survives a power failure (WAL, synchronous
// FULL), all but those on used proofs: one comes with every call of a bound token,
// and would wait for the disk each time. Writes that come at the same time share a transaction
// and its commit.
// All times are milliseconds in the process's clock; the database has none.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
	"github.com/authfetch/authfetch/server/token"
)

// Errors of Open and UseSecret, to be told apart with errors.Is. Their texts say
// what to do.
var (
	// ErrUnreadable: the file or its directory cannot be read or written.
	ErrUnreadable = errors.New("database file is not accessible")
	// ErrNotDatabase: the file is something else than a database of ours.
	ErrNotDatabase = errors.New("file is not an authfetch database")
	// ErrNewerSchema: a newer version of the program has made the tables.
	ErrNewerSchema = errors.New("database was made by a newer version")
	// ErrOtherSecret: the database belongs to another server secret.
	ErrOtherSecret = ownership.ErrOtherSecret
)

// fileMode is the mode of a new database file, and of the two files that SQLite
// puts beside it: its owner's alone, for it holds password hashes.
const fileMode fs.FileMode = 0o600

// Store is an open database. It is safe for concurrent use.
type Store struct {
	// SQLite has one writer at a time. Writers wait in Go, in order and under
	// their contexts, instead of polling for a lock.
	writer *committer
	// Readers see the last commit and wait for nobody.
	reader *prepared
	pool   *sql.DB // of reader
}

var (
	_ rotation.Store = (*Store)(nil)
	_ token.KeyStore = (*Store)(nil)
)

// Open opens the database file, makes it where there is none, and brings its
// tables up to date. The directory has to exist.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	writer, err := openWriter(ctx, path)
	if err != nil {
		return nil, openError(path, err)
	}
	pool, err := sql.Open("sqlite", dataSource(path, "_query_only=1"))
	if err != nil {
		return nil, errors.Join(openError(path, err), writer.close())
	}
	pool.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	pool.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	return &Store{writer: writer, reader: newPrepared(pool), pool: pool}, nil
}

// openWriter makes the tables, on the connection that writes from then on.
func openWriter(ctx context.Context, path string) (*committer, error) {
	pool, err := sql.Open("sqlite", dataSource(path, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	err = patiently(ctx, func() error {
		if err := claim(ctx, pool); err != nil {
			return err
		}
		return migrate(ctx, pool)
	})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	writer, err := newCommitter(ctx, pool)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return writer, nil
}

// Close waits for calls that have begun and closes the file. Later calls fail
// with rotation.ErrUnavailable.
func (s *Store) Close() error {
	return errors.Join(s.reader.close(), s.pool.Close(), s.writer.close())
}

// write runs f in a transaction that holds the write lock from its beginning, and
// returns when that is committed. An error of f undoes what f did and is returned
// as it is. All of f's statements run with the context and on the transaction
// that it is given: others may share them.
func (s *Store) write(ctx context.Context, f func(ctx context.Context, tx *prepared) error) error {
	return s.writer.do(ctx, false, f)
}

// inBatches repeats a statement that deletes a batch until there is none, and
// returns how many rows those were. Others write between two of them. Fleeting is
// that of committer.do.
func (s *Store) inBatches(ctx context.Context, fleeting bool, doing, statement string, args ...any) (deleted int, err error) {
	for batch := -1; batch != 0; deleted += batch {
		err := s.writer.do(ctx, fleeting, func(ctx context.Context, tx *prepared) (err error) {
			if batch, err = tx.exec(ctx, statement, args...); err != nil {
				return unavailable(doing, err)
			}
			return nil
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// prepareFile makes sure that the file is there and that only its owner can read
// it, before SQLite would make it with the mode that the umask gives.
func prepareFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("%w: %w; check that the directory exists and that this user may write to it", ErrUnreadable, err)
	}
	return file.Close()
}

// patiently repeats f while another process that starts at the same time is in
// the way. A new file is switched to WAL by who has it alone, and SQLite does not
// wait for that, whatever its busy timeout is.
func patiently(ctx context.Context, f func() error) error {
	const pause = 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		err := f()
		if !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// busyTimeout is how long another process may hold the lock.
const busyTimeout = 5 * time.Second

// dataSource is the name under which the driver opens the file. busy_timeout is
// for other processes on the same file.
func dataSource(path, option string) string {
	file := url.URL{Scheme: "file", Path: path, RawQuery: fmt.Sprintf(
		"%s&_busy_timeout=%d&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1", option, busyTimeout.Milliseconds())}
	return file.String()
}
