package sqlitestore_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

func TestReadSchema(t *testing.T) {
	dir := t.TempDir()
	exec := func(name, statement string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	current := filepath.Join(dir, "current.db")
	if err := open(t, current).Close(); err != nil {
		t.Fatal(err)
	}
	open(t, filepath.Join(dir, "running.db"))
	if err := os.WriteFile(filepath.Join(dir, "empty.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text.db"), bytes.Repeat([]byte("no database. "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(dir, "older.db")
	if err := open(t, older).Close(); err != nil {
		t.Fatal(err)
	}
	exec("older.db", "DELETE FROM goose_db_version WHERE version_id > 1")
	newer := filepath.Join(dir, "newer.db")
	if err := open(t, newer).Close(); err != nil {
		t.Fatal(err)
	}
	exec("newer.db", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
	exec("foreign.db", "CREATE TABLE recipes (name TEXT)")

	for _, row := range []struct {
		name    string
		current bool // the latest
		want    int64
		err     error
	}{
		{"current.db", true, 0, nil},
		{"running.db", true, 0, nil},
		{"older.db", false, 1, nil},
		{"empty.db", false, 0, nil},
		{"newer.db", false, 0, sqlitestore.ErrNewerSchema},
		{"foreign.db", false, 0, sqlitestore.ErrNotDatabase},
		{"text.db", false, 0, sqlitestore.ErrNotDatabase},
		{"none.db", false, 0, sqlitestore.ErrUnreadable},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(dir, row.name)
			before, _ := os.ReadFile(path) // nil where there is none
			got, err := sqlitestore.ReadSchema(t.Context(), path)
			if !errors.Is(err, row.err) || (err != nil) != (row.err != nil) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if err == nil && (got.Latest < 1 || (got.Current == got.Latest) != row.current || (!row.current && got.Current != row.want)) {
				t.Errorf("%+v", got)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
				t.Error("the file has changed")
			}
		})
	}
}

// The page that says which migrations were applied is damaged: that is found at
// once, and not tried again and again.
func TestOpenDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for i := page; i < len(content); i++ { // the first page has the schema
		content[i] = 0xA5
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.Open(t.Context(), path); !errors.Is(err, sqlitestore.ErrNotDatabase) {
		t.Errorf("error %v, want %v", err, sqlitestore.ErrNotDatabase)
	}
}
