package main_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// TestMain stops the PostgreSQL that the tests share, and removes the program that
// they have built.
func TestMain(m *testing.M) {
	defer func() { _ = os.RemoveAll(built.dir) }() // it is in a directory for such files
	pgtest.Main(m)
}

// engine makes the database of a site, by the site's data directory.
type engine func(t *testing.T, data string) base

// engines are those that every scenario runs on.
func engines() map[string]engine {
	return map[string]engine{"SQLite": newSQLite, "PostgreSQL": newPostgres}
}

// base is the database of a site.
type base interface {
	// options lead a command there, beside --data.
	options() []string
	// setClock sets the database's clock, where it has one.
	setClock(t *testing.T, at time.Time)
	// lock keeps everybody else from writing.
	lock(t *testing.T) (release func())
	// rows is how many the table of sessions has.
	rows(t *testing.T) int
}

// sqlite is the file in the data directory.
type sqlite struct{ path string }

func newSQLite(_ *testing.T, data string) base { return sqlite{filepath.Join(data, "authfetch.db")} }

func (sqlite) options() []string { return nil }

func (sqlite) setClock(*testing.T, time.Time) {}

func (s sqlite) lock(t *testing.T) (release func()) {
	t.Helper()
	tx, err := s.open(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s sqlite) rows(t *testing.T) (count int) {
	t.Helper()
	if err := s.open(t).QueryRowContext(t.Context(), "SELECT count(*) FROM sessions").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

func (s sqlite) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // it was read only
	return db
}

// postgres is a database with that URL.
type postgres struct {
	url  string
	pool string // parameters that only the program takes
}

func newPostgres(t *testing.T, _ string) base {
	t.Helper()
	p := postgres{url: pgtest.Shared(t).Database(t)}
	if got := run(t, nil, "", "migrate", "--database", p.url); got.code != 0 {
		t.Fatal(got.err)
	}
	return p
}

func (p postgres) options() []string { return []string{"--database", p.url + p.pool} }

func (p postgres) setClock(t *testing.T, at time.Time) {
	t.Helper()
	pgtest.SetClock(t, p.url, at)
}

func (p postgres) lock(t *testing.T) (release func()) {
	t.Helper()
	tx, err := p.open(t).Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "LOCK TABLE authfetch.sessions IN EXCLUSIVE MODE") // reading goes on
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (p postgres) rows(t *testing.T) (count int) {
	t.Helper()
	if err := p.open(t).QueryRow(t.Context(), "SELECT count(*) FROM authfetch.sessions").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

func (p postgres) open(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the database goes in any case
	return conn
}
