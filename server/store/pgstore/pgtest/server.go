// Package pgtest starts a PostgreSQL of one's own for tests: from the installed
// programs, in a temporary directory, on a free port of 127.0.0.1.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestOrders(t *testing.T) {
//		db, err := pgxpool.New(t.Context(), pgtest.Shared(t).Database(t))
//		...
//	}
//
// A test that kills its server, or wants other settings, gets one from Start; a
// program that is no test, from Run. No server outlives the program that started
// it, however that ends.
//
// Do not use it to keep anything: nothing reaches the disk in time, and everything
// is deleted at the end.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// superuser is whom the URLs name.
const superuser = "postgres"

// defaults are the settings of every server; those of the caller come after them,
// and the last one counts. What was committed survives Kill, so synchronous_commit
// stays on: without fsync, it costs next to nothing.
var defaults = []string{
	"fsync=off", "full_page_writes=off",
	"max_connections=300", "shared_buffers=32MB", "max_wal_size=128MB",
	// In the data directory, and not in /dev/shm, where it would outlive a crash.
	"dynamic_shared_memory_type=mmap",
	"listen_addresses=127.0.0.1", "unix_socket_directories=",
	"lc_messages=C", "log_checkpoints=off", "log_line_prefix=%m [%p] %d ",
}

// A Server is a PostgreSQL. Its methods may be called from several goroutines, and
// wait for one another.
type Server struct {
	binaries  string
	dir       string
	account   account
	password  string
	port      int
	settings  []string
	log       journal
	janitor   *janitor
	databases atomic.Int64
	copies    atomic.Int64

	mutex   sync.Mutex // guards process
	process *process   // nil while the server is stopped
}

// Run starts a server with settings, each "name=value", and returns when it accepts
// connections. Its files are in the directory for temporary files. The context
// bounds the start, and nothing after it. The caller has to Close it. Errors:
// ErrMissing where PostgreSQL is not installed.
func Run(ctx context.Context, settings ...string) (*Server, error) {
	return runIn(ctx, os.TempDir(), settings)
}

// runIn is Run with the files in a directory in parent.
func runIn(ctx context.Context, parent string, settings []string) (*Server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	s := &Server{binaries: binaries, password: rand.Text(), settings: slices.Concat(defaults, settings)}
	if err := s.create(ctx, parent); err != nil {
		return nil, errors.Join(fmt.Errorf("starting PostgreSQL: %w", err), s.Close())
	}
	return s, nil
}

// create makes the directory and the data in it, and starts the server.
func (s *Server) create(ctx context.Context, parent string) (err error) {
	if s.account, err = unprivileged(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp(parent, "pgtest"); err != nil {
		return err
	}
	if s.janitor, err = hireJanitor(s.dir); err != nil {
		return errors.Join(err, os.RemoveAll(s.dir))
	}
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(s.password), 0o600); err != nil {
		return err
	}
	for _, path := range []string{password, s.dir} {
		if err := s.account.own(path); err != nil {
			return err
		}
	}
	if err := s.run(ctx, "initdb", "--pgdata", s.data(), "--username", superuser, "--auth", "scram-sha-256",
		"--pwfile", password, "--encoding", "UTF8", "--locale", "C", "--no-sync"); err != nil {
		return err
	}
	for range 10 { // another program may take the port first
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.start(ctx); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// Close stops the server for good and deletes its data. It may be called again.
func (s *Server) Close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	err := s.end(quit)
	if s.janitor != nil {
		err = errors.Join(err, s.janitor.dismiss())
		s.janitor = nil
	}
	return err
}

// Log is what the server has written to its log.
func (s *Server) Log() string { return s.log.since(0) }

// Address is where the server listens, "host:port".
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL is that of one of its databases, for the superuser.
func (s *Server) URL(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: s.Address(), Path: database, RawQuery: "sslmode=disable",
	}).String()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// freePort finds one below those that systems give to outgoing connections: a
// client that dials a server which is down, again and again, would some time be
// given its port, and be connected to itself.
func freePort() (int, error) {
	const first, last = 15000, 32000
	var taken error
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(last-first))
		if err != nil {
			return 0, err
		}
		port := first + int(n.Int64())
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
		taken = err
	}
	return 0, fmt.Errorf("looking for a free port: %w", taken)
}

// run runs a program to its end. What it says is part of the error.
func (s *Server) run(ctx context.Context, name string, args ...string) error {
	var said strings.Builder
	program := s.command(ctx, name, args...)
	program.Stdout, program.Stderr = &said, &said
	if err := program.Run(); err != nil {
		return fmt.Errorf("running %s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}
