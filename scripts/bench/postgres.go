package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

var postgres = kind{name: "PostgreSQL", open: openPostgres}

// postgresSettings are those of a server that was just installed, where the ones of
// the tests differ: what was committed is on the disk.
var postgresSettings = []string{
	"fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=128MB", "max_wal_size=1GB",
}

// postgresStore is a store on a database of its own.
type postgresStore struct {
	*pgstore.Store
	url string
}

// openPostgres makes a database on the server of the subject, which it starts where
// that has not been done.
func openPostgres(ctx context.Context, b *bench, _ string) (store, error) {
	if b.postgres == nil {
		server, err := pgtest.Run(ctx, postgresSettings...)
		if err != nil {
			return nil, err
		}
		b.postgres = server
		b.atEnd(server.Close)
	}
	databaseURL, err := b.postgres.CreateDatabase(ctx)
	if err != nil {
		return nil, err
	}
	// What is looked for in a million sessions, or made of them, takes its time.
	return openPostgresWith(ctx, databaseURL, "statement_timeout", "0")
}

// openPostgresWith opens a store whose connections have that setting.
func openPostgresWith(ctx context.Context, databaseURL, name, value string) (postgresStore, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return postgresStore{}, err
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	opened, err := pgstore.Open(ctx, u.String())
	return postgresStore{opened, u.String()}, err
}

// unhurried is another store on the same database, whose commits do not wait for the
// disk. It writes the same.
func (s postgresStore) unhurried(ctx context.Context) (postgresStore, error) {
	return openPostgresWith(ctx, s.url, "synchronous_commit", "off")
}

// columns are those of a session.
func (s postgresStore) columns(ctx context.Context) ([]string, error) {
	rows, err := s.Pool().Query(ctx, `SELECT column_name::text FROM information_schema.columns
		WHERE table_schema = 'authfetch' AND table_name = 'sessions' ORDER BY ordinal_position`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// fill makes copies of a session that is there. Few that were there come to lie
// anywhere among them, as sessions do that live long.
func (s postgresStore) fill(ctx context.Context, count int, endedAgo time.Duration) error {
	columns, err := s.columns(ctx)
	if err != nil {
		return err
	}
	unhurried, err := s.unhurried(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = unhurried.Close() }() // it has written what it had to
	conn, err := unhurried.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM authfetch.sessions LIMIT 1")
	if err != nil {
		return err
	}
	session, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil {
		return err
	}
	set := func(value any, names ...string) {
		for _, name := range names {
			session[slices.Index(columns, name)] = value
		}
	}
	if endedAgo > 0 {
		set(time.Now().Add(-endedAgo), "idle_expires_at", "expires_at")
	}
	if err := execAll(ctx, conn, "CREATE TEMP TABLE filling (LIKE authfetch.sessions)"); err != nil {
		return err
	}
	left := count
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"filling"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if left--; left < 0 {
			return nil, nil
		}
		set(rand.Text(), "id") // as the engine makes them, so that they lie between real ones
		set(rand.Text(), "user_id")
		return session, nil
	}))
	if err != nil {
		return err
	}
	return execAll(ctx, conn,
		`INSERT INTO filling SELECT * FROM authfetch.sessions WHERE (SELECT count(*) FROM authfetch.sessions) <= `+fmt.Sprint(active),
		"DELETE FROM authfetch.sessions WHERE id IN (SELECT id FROM filling)",
		"VACUUM authfetch.sessions",
		"INSERT INTO authfetch.sessions SELECT * FROM filling ORDER BY random()",
		"DROP TABLE filling",
		"VACUUM (ANALYZE) authfetch.sessions",
		"CHECKPOINT",
	)
}

// execAll runs statements one after the other, because some want no transaction.
func execAll(ctx context.Context, conn *pgxpool.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// statement is one of the store's, whose {columns} are all that the table has.
func (s postgresStore) statement(ctx context.Context, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(stores, "pgstore/sql", name+".sql"))
	if err != nil {
		return "", err
	}
	columns, err := s.columns(ctx)
	return strings.ReplaceAll(string(text), "{columns}", "s."+strings.Join(columns, ", s.")), err
}

// postgresSwapper has a pool that is configured as the store's.
type postgresSwapper struct {
	pool      *pgxpool.Pool
	statement string
}

func (s postgresStore) swapper(ctx context.Context) (swapper, error) {
	statement, err := s.statement(ctx, "session_rotate")
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, s.Pool().Config())
	return postgresSwapper{pool, statement}, err
}

func (s postgresSwapper) swap(ctx context.Context, old rotation.Record, nonce string, now time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, s.statement, old.ID, old.Generation, old.Nonce,
		old.Generation, old.Nonce, nonce, now, now.Add(time.Hour), client.UserAgent, client.Address, "" /* bound to no key */)
	return int(tag.RowsAffected()), err
}

func (s postgresSwapper) Close() error {
	s.pool.Close()
	return nil
}
