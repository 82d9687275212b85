package pgstore_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
)

// future are the migrations of this program and one more.
func future(t *testing.T, migration string) fs.FS {
	t.Helper()
	files := fstest.MapFS{"migrations/09000_future.sql": {Data: []byte("-- +goose Up\n" + migration)}}
	names, err := fs.Glob(pgstore.Migrations(), "migrations/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("this program has the migrations %q (%v)", names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(pgstore.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// A fleet is upgraded node by node: a newer program changes the schema while this one
// goes on, and is started anew. Its statements are prepared by then.
func TestRollingUpgrade(t *testing.T) {
	databaseURL := database(t)
	older, newer := open(t, databaseURL), open(t, databaseURL)
	rec := create(t, older, "a")
	rotate := func(store *pgstore.Store) {
		t.Helper()
		var err error
		change := rotation.Change{Kind: rotation.Rotate, At: rec.RotatedAt, Nonce: rec.Nonce + "'", IdleExpiresAt: rec.IdleExpiresAt}
		if rec, err = store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change); err != nil {
			t.Fatal(err)
		}
		if read, _, err := store.Session(t.Context(), rec.ID); err != nil || read != rec {
			t.Fatalf("read %+v (%v), want %+v", read, err, rec)
		}
	}
	rotate(older)
	files := future(t, `
		ALTER TABLE authfetch.sessions ADD COLUMN device text NOT NULL DEFAULT '';
		ALTER TABLE authfetch.users ADD COLUMN locale text;
		CREATE TABLE authfetch.devices (id text PRIMARY KEY);`)
	if err := newer.MigrateWith(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	rotate(older)
	rotate(newer)
	rotate(open(t, databaseURL)) // an older one that crashed meanwhile
	create(t, older, "b")
	if err := older.Migrate(t.Context()); err != nil {
		t.Errorf("migrate by the older one: %v", err)
	}
	if schema, err := pgstore.ReadSchema(t.Context(), databaseURL); err != nil || schema.Current != 9000 {
		t.Errorf("the schema is %+v (%v), want 9000", schema, err)
	}

	execute(t, databaseURL, "INSERT INTO authfetch.meta VALUES ('schema_floor', '9000')")
	if _, err := pgstore.Open(t.Context(), databaseURL); !errors.Is(err, pgstore.ErrNewerSchema) {
		t.Errorf("open what only a newer one can use: %v, want %v", err, pgstore.ErrNewerSchema)
	}
	if err := newer.MigrateWith(t.Context(), files); err != nil {
		t.Errorf("by the newer one: %v", err)
	}
}

// A change that fails leaves the schema as it was, and the next attempt is made.
func TestMigrationFails(t *testing.T) {
	databaseURL := database(t)
	store := open(t, databaseURL)
	if err := store.MigrateWith(t.Context(), future(t, "CREATE TABLE authfetch.more (id text); SELECT 1/0;")); err == nil {
		t.Fatal("a division by zero has succeeded")
	}
	create(t, store, "a")
	if err := store.MigrateWith(t.Context(), future(t, "CREATE TABLE authfetch.more (id text);")); err != nil {
		t.Error(err)
	}
}

// A change of a large table takes longer than a statement of a request may.
func TestMigrationTakesLong(t *testing.T) {
	store := open(t, with(t, database(t), "statement_timeout", "50ms"))
	if err := store.MigrateWith(t.Context(), future(t, "SELECT pg_sleep(0.1);")); err != nil {
		t.Error(err)
	}
}
