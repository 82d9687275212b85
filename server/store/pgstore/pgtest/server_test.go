package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

func TestShared(t *testing.T) {
	server := pgtest.Shared(t)
	t.Log(describe(server))
	if again := pgtest.Shared(t); again != server {
		t.Error("the second who asks gets another server")
	}
	if got := ask[int](t, server.Database(t), "SELECT 6 * 7"); got != 42 {
		t.Errorf("6 * 7 is %d", got)
	}
}

// What was committed is there after every kind of restart, also in the instant
// after the commit.
func TestRestart(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	ask[string](t, url, "CREATE TABLE t (n int)")
	for i, row := range []struct {
		name string
		end  func() error
	}{
		{"killed", server.Kill},
		{"stopped", server.Stop},
		{"stopped by the restart", func() error { return nil }},
		{"killed and stopped", func() error { return errors.Join(server.Kill(), server.Stop(), server.Kill()) }},
	} {
		ask[string](t, url, "INSERT INTO t VALUES (1)")
		if err := row.end(); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		server.Restart(t)
		if got := ask[int](t, url, "SELECT count(*) FROM t"); got != i+1 {
			t.Errorf("%s: %d rows, want %d", row.name, got, i+1)
		}
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		end  func(*pgtest.Server) error
	}{
		{"killed", (*pgtest.Server).Kill},
		{"stopped", (*pgtest.Server).Stop},
		{"closed", (*pgtest.Server).Close},
	} {
		server := pgtest.Start(t)
		url := server.Database(t)
		if err := row.end(server); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if conn, err := pgx.Connect(t.Context(), url); err == nil {
			conn.Close(t.Context())
			t.Errorf("%s: it still answers", row.name)
		}
	}
}

func TestTwoServers(t *testing.T) {
	t.Parallel()
	one, two := pgtest.Start(t), pgtest.Shared(t)
	url, other := one.Database(t), two.Database(t)
	ask[string](t, url, "CREATE TABLE t ()")
	if ask[bool](t, other, "SELECT to_regclass('t') IS NOT NULL") {
		t.Error("the table of one server is in the other, too")
	}
	if err := one.Kill(); err != nil {
		t.Fatal(err)
	}
	ask[int](t, other, "SELECT 1")
}

// A setting of the caller wins over ours.
func TestSettings(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t, "fsync=on", "max_connections=7").Database(t)
	for _, row := range []struct{ name, want string }{
		{"fsync", "on"}, {"max_connections", "7"}, {"synchronous_commit", "on"}, {"full_page_writes", "off"},
	} {
		if got := ask[string](t, url, "SHOW "+row.name); got != row.want {
			t.Errorf("%s is %s, want %s", row.name, got, row.want)
		}
	}
}

// Who sets TMPDIR finds the files there, and Run's are always there.
func TestDirectory(t *testing.T) {
	program, err := pgtest.Run(t.Context())
	if errors.Is(err, pgtest.ErrMissing) {
		pgtest.Shared(t) // says so
	}
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if got := filepath.Dir(program.Dir()); got != filepath.Clean(os.TempDir()) {
		t.Errorf("the files of Run are in %s, want %s", got, os.TempDir())
	}
	dir, err := os.MkdirTemp("", "test") // t.TempDir's is closed to the user whom root takes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	if got := filepath.Dir(pgtest.Start(t).Dir()); got != dir {
		t.Errorf("the files are in %s, want %s", got, dir)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	url := pgtest.Shared(t).Database(t)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guess"
	_, err = pgx.ConnectConfig(t.Context(), config)
	if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != "28P01" { // invalid_password
		t.Errorf("with another password: %v", err)
	}
}

// A start that fails says what PostgreSQL said, and in time.
func TestStartFails(t *testing.T) {
	t.Parallel()
	pgtest.Shared(t) // or there is no PostgreSQL
	over, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	for _, row := range []struct {
		name, want string
		ctx        context.Context
		setting    string
	}{
		{"unknown setting", `unrecognized configuration parameter "gust"`, t.Context(), "gust=1"},
		{"no time", context.DeadlineExceeded.Error(), over, "fsync=off"},
	} {
		if server, err := pgtest.Run(row.ctx, row.setting); err == nil {
			t.Errorf("%s: it started; closing it: %v", row.name, server.Close())
		} else if !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
}

// A server that does not come up in time is ended, and starts another time.
func TestStartTakesTooLong(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if err := server.StartAgain(over); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("starting in no time: %v", err)
	}
	if err := server.StartAgain(t.Context()); err != nil { // so the other is gone
		t.Error(err)
	}
}

// A port that another program took meanwhile is told from other failures.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	config, err := pgx.ParseConfig(server.Database(t))
	if err == nil {
		err = server.Stop()
	}
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp", fmt.Sprintf("%s:%d", config.Host, config.Port))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.StartAgain(t.Context()); !errors.Is(err, pgtest.ErrPortTaken) {
		t.Errorf("starting on a port that is taken: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	server.Restart(t)
}

func TestLog(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "log_statement=all")
	ask[string](t, server.Database(t), "CREATE TABLE t ()")
	if err := server.Stop(); err != nil { // all is written
		t.Fatal(err)
	}
	if log := server.Log(); !strings.Contains(log, "CREATE TABLE t ()") || !strings.Contains(log, "shut down") {
		t.Errorf("the log has not all: %s", log)
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	rows := func() int { return ask[int](t, url, "SELECT count(*) FROM t") }
	ask[string](t, url, "CREATE TABLE t (n int)")
	snapshot := server.Snapshot(t)
	for range 2 { // a snapshot serves more than once
		ask[string](t, url, "INSERT INTO t VALUES (1)")
		if got := rows(); got != 1 {
			t.Fatalf("%d rows before the loss, want 1", got)
		}
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		server.Restore(t, snapshot)
		if got := rows(); got != 0 {
			t.Fatalf("%d rows after the loss, want none", got)
		}
	}
}

// ask runs a statement on a connection of its own and returns the one value of its
// answer, or none.
func ask[T any](t *testing.T, url, sql string) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), sql).Scan(&value)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}
