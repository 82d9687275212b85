package main_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestMigrate(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "authfetch.db")
	expect := func(code int, want string, args ...string) {
		t.Helper()
		got := run(t, nil, "", append([]string{"migrate", "--data", data}, args...)...)
		if got.code != code || !regexp.MustCompile(want).MatchString(got.out+got.err) {
			t.Errorf("migrate %v: %+v\nwant code %d and %q", args, got, code, want)
		}
	}
	expect(1, "there is no database in")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(0, `^\S+authfetch\.db would be brought from schema 0 to [1-9]\d*\n$`, "--dry-run")
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("a dry run has written, error %v", err)
	}
	expect(0, `^\S+authfetch\.db was brought from schema 0 to [1-9]\d*\n$`)
	expect(0, `has schema [1-9]\d*, the latest\n$`)
	serve(t, "--data", data) // also while a server runs
	expect(0, `has schema [1-9]\d*, the latest\n$`)
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=10000") // the server may be writing
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	expect(1, "its schema is 999, this program knows [1-9]\\d*; update the program")
	expect(1, "update the program", "--dry-run")
}
