//go:build linux || darwin

package pgtest_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// No process is left when a server was ended, not even one with work to do.
func TestNoProcessIsLeft(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		end  func(*pgtest.Server) error
	}{
		{"killed", (*pgtest.Server).Kill},
		{"stopped", (*pgtest.Server).Stop},
		{"closed", (*pgtest.Server).Close},
		{"closed while frozen", func(s *pgtest.Server) error {
			return errors.Join(syscall.Kill(s.PID(), syscall.SIGSTOP), s.Close())
		}},
	} {
		server := pgtest.Start(t)
		conn, err := pgx.Connect(t.Context(), keep(t, server))
		if err != nil {
			t.Fatal(err)
		}
		conn.PgConn().Conn().SetDeadline(time.Now().Add(time.Minute))
		busy := make(chan error, 1)
		go func() {
			_, err := conn.Exec(t.Context(), "SELECT count(*) FROM generate_series(1, 1e9)")
			busy <- err
		}()
		pids := []int{server.PID()}
		for field := range strings.FieldsSeq(ask[string](t, keep(t, server), "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity")) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		if len(pids) < 5 {
			t.Errorf("%s: only %v ran", row.name, pids)
		}
		if err := row.end(server); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		for _, pid := range pids {
			within(t, func() bool { return gone(pid) }, "%s: process %d is left", row.name, pid)
		}
		if err := <-busy; err == nil {
			t.Errorf("%s: the statement was finished", row.name)
		}
	}
}

// A crash leaves no shared memory, of which there is little.
func TestNoMemoryIsLeft(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	name := filepath.Join(server.Dir(), "data", "postmaster.pid")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var key, id int
	if _, err := fmt.Sscan(strings.Split(string(text), "\n")[6], &key, &id); err != nil {
		t.Fatal(err)
	}
	if !pgtest.SharedMemory(id) {
		t.Errorf("no shared memory %d while it runs", id)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if pgtest.SharedMemory(id) {
		t.Errorf("shared memory %d is left", id)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("postmaster.pid is left: %v", err)
	}
}

// The server of a program that is killed ends as well, and its files are removed.
func TestOutlivesNobody(t *testing.T) {
	t.Parallel()
	pgtest.Shared(t) // or there is no PostgreSQL
	for _, row := range []struct {
		name   string
		before func(server int) error
	}{
		{"running", func(int) error { return nil }},
		{"frozen", func(server int) error { return syscall.Kill(server, syscall.SIGSTOP) }},
	} {
		program := self(t, "program")
		output, err := program.StdoutPipe()
		if err == nil {
			err = program.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(output).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		pid, dir := described(t, line)
		if gone(pid) {
			t.Errorf("%s: process %d does not run", row.name, pid)
		}
		if err := errors.Join(row.before(pid), program.Process.Kill()); err != nil {
			t.Fatal(err)
		}
		_ = program.Wait() // killed
		within(t, func() bool { return gone(pid) }, "%s: process %d is left", row.name, pid)
		within(t, func() bool { return removed(dir) }, "%s: %s is left", row.name, dir)
	}
}

// Main has stopped the server when the program ends.
func TestMainStops(t *testing.T) {
	t.Parallel()
	pgtest.Shared(t) // or there is no PostgreSQL
	output, err := self(t, "tests", "-test.v", "-test.run=^TestShared$").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	pid, dir := described(t, string(output))
	if !gone(pid) || !removed(dir) {
		t.Errorf("process %d is gone: %v, its directory: %v", pid, gone(pid), removed(dir))
	}
}

// within waits for what another process has begun. After 15 seconds without its
// files, a server would end by itself.
func within(t *testing.T, done func() bool, format string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf(format, args...)
		}
	}
}

// gone reports whether a process has ended, though perhaps nobody has asked for its
// result, as in containers where no init does.
func gone(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		return strings.Contains(string(stat), ") Z ")
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

func removed(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, os.ErrNotExist)
}
