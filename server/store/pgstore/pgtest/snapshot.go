package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Snapshot copies all data, and returns the copy's name for Restore. The server is
// stopped and started again for it.
func (s *Server) Snapshot(tb testing.TB) string {
	tb.Helper()
	name := filepath.Join(s.dir, fmt.Sprintf("copy_%d", s.copies.Add(1)))
	s.replace(tb, s.data(), name)
	return name
}

// Restore brings all data back to the state of a snapshot, as one does after the
// loss of a machine: what was committed since is gone. The server is stopped and
// started again for it.
func (s *Server) Restore(tb testing.TB, snapshot string) {
	tb.Helper()
	s.replace(tb, snapshot, s.data())
}

// replace makes one directory a copy of another, while the server is stopped.
func (s *Server) replace(tb testing.TB, from, to string) {
	tb.Helper()
	ctx, cancel := limited()
	defer cancel()
	if err := s.Stop(); err != nil {
		tb.Fatal(err)
	}
	if err := os.RemoveAll(to); err != nil {
		tb.Fatal(err)
	}
	copying := s.command(ctx, "cp", "-Rp", from, to)
	copying.Path = "/bin/cp"
	if said, err := copying.CombinedOutput(); err != nil {
		tb.Fatalf("copying the data of PostgreSQL: %v: %s", err, said)
	}
	if err := s.start(ctx); err != nil {
		tb.Fatal(err)
	}
}
