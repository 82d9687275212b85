// Package servertest starts a real server for the tests of programs that use
// package server: the library, SQLite in a temporary directory, real HTTP, and a
// clock that the test moves.
//
//	func TestOrders(t *testing.T) {
//		s := servertest.New(t, servertest.Options{
//			Routes: func(mux *http.ServeMux, auth *server.Auth) {
//				mux.Handle("GET /api/orders", auth.Protect(orders))
//			},
//		})
//		browser := s.Browser(t)
//		browser.Login(servertest.Email, servertest.Password)
//		s.Clock.Advance(10 * time.Minute) // the access token has expired
//		browser.Refresh()
//		res := browser.Get("/api/orders")
//		...
//	}
//
// Do not use it to serve anybody: passwords are hashed at next to no cost.
package servertest

import (
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// Issuer is what every server calls itself.
const Issuer = "http://servertest.example"

// The user that every server has.
const (
	Email    = "user@example.com"
	Password = "pa55w0rd"
)

// Options change what is started. The zero value starts the plain server.
type Options struct {
	// Configure changes the server's configuration before it starts. Zero: it
	// stays as it is.
	Configure func(*server.Config)

	// Routes adds routes beside those of the server; auth.Protect guards one.
	// Zero: none.
	Routes func(mux *http.ServeMux, auth *server.Auth)

	// Wrap goes around the whole handler, to count, delay, drop or fail requests.
	// Zero: nothing does.
	Wrap func(http.Handler) http.Handler

	// Listener is where the server listens. Zero: a free port of 127.0.0.1.
	Listener net.Listener

	// Dir has the database and the secret, and is where a second server finds
	// the sessions of the first. Empty: a new temporary directory.
	Dir string
}

// Server is a running server.
type Server struct {
	URL      string // without a slash at the end
	Dir      string
	Clock    *Clock
	Log      *Log
	Auth     *server.Auth
	Accounts *account.Service
	Store    *sqlitestore.Store

	http *httptest.Server
}

// New starts a server and stops it when the test ends. Whatever goes wrong ends
// the test.
func New(tb testing.TB, options Options) *Server {
	tb.Helper()
	s, err := start(tb, options)
	if err != nil {
		tb.Fatal("servertest: ", err)
	}
	return s
}

// Close stops the server before the test ends, as a clean shutdown does. It may
// be called more than once.
func (s *Server) Close() error {
	s.http.Close()
	return s.Store.Close()
}

func start(tb testing.TB, options Options) (*Server, error) {
	if options.Dir == "" {
		options.Dir = tb.TempDir()
	}
	s := &Server{Dir: options.Dir, Clock: NewClock(), Log: &Log{}}
	secrets, err := readSecret(filepath.Join(options.Dir, "secret"))
	if err != nil {
		return nil, err
	}
	if s.Store, err = sqlitestore.Open(tb.Context(), filepath.Join(options.Dir, "authfetch.db")); err != nil {
		return nil, err
	}
	tb.Cleanup(func() { _ = s.Store.Close() }) // a test may have closed it before
	if err := s.openAccounts(tb); err != nil {
		return nil, err
	}

	s.http = httptest.NewUnstartedServer(nil)
	if options.Listener != nil {
		_ = s.http.Listener.Close() // the one that httptest has opened and nobody will use
		s.http.Listener = options.Listener
	}
	config := server.Config{
		// Sessions belong to an issuer, and the port changes from one server to the
		// next on the same directory.
		Issuer: Issuer, Store: s.Store, Secrets: secrets,
		Authenticate: s.Accounts.Authenticate,
		Users:        server.UserConfig{Find: s.Accounts.User, ChangePassword: s.Accounts.ChangePassword},
		HTTP:         server.HTTPConfig{Logger: slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))},
		Now:          s.Clock.Now,
	}
	if options.Configure != nil {
		options.Configure(&config)
	}
	if s.Auth, err = server.New(config); err != nil {
		return nil, err
	}
	s.http.Config.Handler = s.handler(options)
	s.http.Start()
	tb.Cleanup(s.http.Close)
	s.URL = s.http.URL
	return s, nil
}

func (s *Server) handler(options Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.Auth.Handler())
	if options.Routes != nil {
		options.Routes(mux, s.Auth)
	}
	if options.Wrap != nil {
		return options.Wrap(mux)
	}
	return mux
}

func (s *Server) openAccounts(tb testing.TB) (err error) {
	s.Accounts, err = account.New(account.Config{
		Store: s.Store, Now: s.Clock.Now,
		Params: account.Params{Memory: 64, Passes: 1, Lanes: 1},
	})
	if err != nil {
		return err
	}
	return s.Accounts.Ensure(tb.Context(), account.NewUser{Email: Email, Password: Password, Name: "Test User"})
}

func readSecret(path string) (secret.Set, error) {
	secrets, err := secret.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return secret.CreateFile(path)
	}
	return secrets, err
}
