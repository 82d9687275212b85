package pgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// limit is how long anything may take that a test waits for.
const limit = time.Minute

// reported is how much of a log a failed test shows, in bytes: the end of it.
const reported = 16 << 10

// shared is the server of this program's tests. A failure is kept: it would be the
// same for the next one.
var shared struct {
	mutex  sync.Mutex
	server *Server
	err    error
}

// Main runs the tests of a package and stops the server that they share. It is for
// TestMain. Without it, that server ends just after the program.
func Main(m *testing.M) {
	m.Run() // whose result is the program's, once TestMain returns
	shared.mutex.Lock()
	defer shared.mutex.Unlock()
	if shared.server == nil {
		return
	}
	if err := shared.server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Shared returns the server of this program's tests, which the first who asks
// starts. No test may stop it. Where PostgreSQL is missing, the test is skipped; in
// CI it fails.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.mutex.Lock()
	defer shared.mutex.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = run(nil)
	}
	need(tb, shared.err)
	report(tb, shared.server)
	return shared.server
}

// Start starts a server for this test alone, which may stop and kill it. Settings
// are "name=value". The end of the test stops it. Where PostgreSQL is missing, the
// test is skipped; in CI it fails.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	server, err := run(settings)
	need(tb, err)
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	report(tb, server)
	return server
}

// Restart starts the server again, on the same port and with the same data, and
// returns when it accepts connections. One that still runs it stops first.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	ctx, cancel := limited()
	defer cancel()
	err := s.Stop()
	if err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		tb.Fatalf("restarting PostgreSQL: %v", err)
	}
}

// need ends a test that has no server: skipped where PostgreSQL is not installed,
// and failed in CI.
func need(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrMissing) && os.Getenv("CI") != "true" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// report shows what a server wrote during a test that fails.
func report(tb testing.TB, server *Server) {
	begin := server.log.length()
	tb.Cleanup(func() {
		if !tb.Failed() {
			return
		}
		text := server.log.since(begin)
		tb.Logf("PostgreSQL wrote:\n%s", text[max(0, len(text)-reported):])
	})
}

// run starts a server whose files are in memory, where there is such a place.
func run(settings []string) (*Server, error) {
	ctx, cancel := limited()
	defer cancel()
	return runIn(ctx, cmp.Or(memory(), os.TempDir()), settings)
}

// limited is not the context of the test, which is over before its cleanup is.
func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}
