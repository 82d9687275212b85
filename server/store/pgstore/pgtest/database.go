package pgtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// CreateDatabase makes an empty database with a name of its own, and returns its
// URL.
func (s *Server) CreateDatabase(ctx context.Context) (string, error) {
	// Unlike template1, nobody is ever connected to it, which would be in the way.
	return s.createDatabase(ctx, "template0")
}

func (s *Server) createDatabase(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if err := s.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", fmt.Errorf("creating a database: %w", err)
	}
	return s.URL(name), nil
}

// Database makes an empty database with a name of its own, and returns its URL.
// The end of the test drops it, whoever may still be connected.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	return s.database(tb, "template0")
}

// Copy makes a database that has what another one of the server has, to which nobody
// may be connected, and returns its URL. The end of the test drops it.
func (s *Server) Copy(tb testing.TB, url string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		tb.Fatal(err)
	}
	return s.database(tb, config.Database)
}

func (s *Server) database(tb testing.TB, template string) string {
	tb.Helper()
	ctx, cancel := limited()
	defer cancel()
	url, err := s.createDatabase(ctx, template)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.drop(url); err != nil {
			tb.Error(err)
		}
	})
	return url
}

// drop removes a database. Where the server is down, it will be removed with it.
func (s *Server) drop(url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil || !s.running() {
		return err
	}
	ctx, cancel := limited()
	defer cancel()
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+config.Database+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("dropping a database: %w", err)
	}
	return nil
}

// exec runs a statement as the superuser.
func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
