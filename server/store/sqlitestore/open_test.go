package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// session is any session.
func session(id string) rotation.Record {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	return rotation.Record{
		ID: id, UserID: "u", Nonce: "n", CreatedAt: now, RotatedAt: now,
		IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(2 * time.Hour),
	}
}

func create(t *testing.T, store *sqlitestore.Store, id string) {
	t.Helper()
	if _, _, err := store.CreateSession(t.Context(), session(id), nil); err != nil {
		t.Fatal(err)
	}
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	create(t, store, "a")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(t, path).Session(t.Context(), "a"); err != nil {
		t.Errorf("after opening it again: %v", err)
	}
}

// Names that mean something in an URI or in SQL are names.
func TestOpenOddNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a%20b.db", "a#b.db", "a&_journal_mode=OFF.db", "ä.db", "a'b.db"} {
		create(t, open(t, filepath.Join(dir, name)), "a")
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%q was not written (%v)", name, err)
		}
	}
}

// Everything that SQLite writes is its owner's alone, whatever the umask says.
func TestOpenModes(t *testing.T) {
	dir := t.TempDir()
	create(t, open(t, filepath.Join(dir, "test.db")), "a")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Fatalf("files are %v (%v), want the database, its log and its index", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v), want 0600", entry.Name(), info.Mode(), err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	if err := open(t, newer).Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	foreign := filepath.Join(dir, "foreign.db")
	edit(t, foreign, "CREATE TABLE notes (text TEXT)")

	for _, test := range []struct {
		name, path string
		want       error
		hint       string // what the message says about the way out
	}{
		{"missing directory", filepath.Join(dir, "missing", "test.db"), sqlitestore.ErrUnreadable, "check that the directory exists"},
		{"a directory", dir, sqlitestore.ErrUnreadable, "this user"},
		{"below a file", filepath.Join(write("file", "x"), "test.db"), sqlitestore.ErrUnreadable, "check that the directory exists"},
		{"a text file", write("text.db", strings.Repeat("not a database\n", 500)), sqlitestore.ErrNotDatabase, "restore it from a backup"},
		{"another program's database", foreign, sqlitestore.ErrNotDatabase, "move it away"},
		{"a newer version's", newer, sqlitestore.ErrNewerSchema, "update the program"},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, err := sqlitestore.Open(t.Context(), test.path)
			if err == nil {
				_ = store.Close()
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.hint) || !strings.Contains(err.Error(), test.path) {
				t.Errorf("error is %v, want %v with %q and the path", err, test.want, test.hint)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(dir, "text.db")); err != nil || !strings.HasPrefix(string(text), "not a database\n") {
		t.Errorf("the text file is not as it was (%v)", err)
	}
	edit(t, foreign, "INSERT INTO notes VALUES ('still here')")
}

func TestOpenReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		// Root may write to any file but those that the kernel keeps to itself.
		path = "/proc/sys/kernel/ostype"
		if _, err := os.Stat(path); err != nil {
			t.Skip("nothing is read-only for root on this system")
		}
	}
	if _, err := sqlitestore.Open(t.Context(), path); !errors.Is(err, sqlitestore.ErrUnreadable) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error is %v, want %v", err, sqlitestore.ErrUnreadable)
	}
}

// Several processes start at once on a database that is not there yet.
func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	stores, errs := make([]*sqlitestore.Store, 8), make([]error, 8)
	var ready, done sync.WaitGroup
	ready.Add(len(stores))
	for i := range stores {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			stores[i], errs[i] = sqlitestore.Open(t.Context(), path)
		})
	}
	done.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("open: %v", err)
			continue
		}
		create(t, stores[i], string(rune('a'+i)))
		if err := stores[i].Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "test.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
}

// The settings that durability and consistency depend on.
func TestPragmas(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	for _, test := range []struct {
		pragma         string
		writer, reader string
	}{
		{"journal_mode", "wal", "wal"},
		{"synchronous", "2", "2"}, // FULL
		{"foreign_keys", "1", "1"},
		{"busy_timeout", "5000", "5000"},
		{"query_only", "0", "1"},
	} {
		writer, reader := sqlitestore.Pragma(t, store, test.pragma)
		if writer != test.writer || reader != test.reader {
			t.Errorf("%s is %s for writing and %s for reading, want %s and %s", test.pragma, writer, reader, test.writer, test.reader)
		}
	}
}

// Another process holds the write lock for longer than SQLite waits: a passing
// trouble, which ends with the lock.
func TestBusy(t *testing.T) {
	t.Parallel() // it waits for the busy timeout
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	create(t, store, "a")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	lock, err := db.Conn(t.Context())
	if err == nil {
		_, err = lock.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}

	rotate := rotation.Change{Kind: rotation.Rotate, At: time.Now(), Nonce: "n2", IdleExpiresAt: time.Now()}
	_, err = store.ChangeSession(t.Context(), "a", 0, "n", rotate)
	if !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("locked: %v, want %v", err, rotation.ErrUnavailable)
	}
	if _, _, err := store.Session(t.Context(), "a"); err != nil {
		t.Errorf("reading while another one writes: %v", err)
	}
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ChangeSession(t.Context(), "a", 0, "n", rotate); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// edit changes a database file behind the store's back.
func edit(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), statement)
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
