// Package pgstore keeps sessions, signing keys, users, counts of failed sign-ins and
// used proofs in PostgreSQL, for servers on more than one machine. It implements
// [rotation.Store], [token.KeyStore], [account.Store], [account.ThrottleStore] and
// [dpop.Replays]. For one machine, sqlitestore is as fast and needs no second program.
//
//	store, err := pgstore.Open(ctx, "postgres://authfetch@db.example.com/authfetch")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// An application that has a pool already shares it:
//
//	store := pgstore.New(pool)
//	if err := store.Migrate(ctx); err != nil {
//		return err
//	}
//
// All tables are in a schema of their own, authfetch. Each step that a refresh takes
// is one statement in READ COMMITTED, whose WHERE clause is the comparison of compare
// and swap; so there are no serialization failures to repeat. The database's clock
// decides, whatever the clocks of the nodes say. What a node remembers itself decides
// nothing, so any number of nodes may share a database, come and go.
//
// A method that has returned without an error is as durable as the server's
// synchronous_commit says, all but those on used proofs: one comes with every call of
// a bound token, and would wait for the disk each time.
package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

// Store is a database, by way of a pool of connections. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	own  bool // the pool is closed with the store
}

var (
	_ rotation.Store          = (*Store)(nil)
	_ rotation.CurrentRotator = (*Store)(nil)
	_ token.KeyStore          = (*Store)(nil)
)

// New makes a store of an application's pool. It asks the database nothing; see
// Migrate. Close leaves the pool open.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Open connects to the database that the URL names and brings its schema up to date.
// The URL takes what libpq's does, and pgx's pool_max_conns and the like; what it
// leaves out comes from the environment of libpq (PGPASSWORD, ~/.pgpass).
//
// The error wraps ErrURL, ErrUnreachable, ErrDenied, ErrOldServer or ErrNewerSchema. It
// never shows the password.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := poolConfig(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, openError(err)
	}
	store := &Store{pool: pool, own: true}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// Close waits for calls that have begun and closes the connections, where Open has
// made them. Later calls then fail with rotation.ErrUnavailable.
func (s *Store) Close() error {
	if s.own {
		s.pool.Close()
	}
	return nil
}

// Pool is the pool of connections, for its statistics.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// write runs f in a transaction, for what takes several statements. An error of f
// undoes what f did and is returned as it is.
func (s *Store) write(ctx context.Context, doing string, f func(tx pgx.Tx) error) error {
	var own error
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		own = f(tx)
		return own
	})
	if own != nil || err == nil {
		return own
	}
	return unavailable(doing, err)
}

// inBatches repeats a statement that deletes a batch until there is none, and
// returns how many rows those were.
func (s *Store) inBatches(ctx context.Context, doing, statement string, args ...any) (deleted int, err error) {
	for batch := int64(-1); batch != 0; deleted += int(batch) {
		tag, err := s.pool.Exec(ctx, statement, args...)
		if err != nil {
			return deleted, unavailable(doing, err)
		}
		batch = tag.RowsAffected()
	}
	return deleted, nil
}

// one wants a statement to have changed a row, and answers otherwise that there was
// none to change.
func one(doing string, changed int64, err, none error) error {
	switch {
	case err != nil:
		return unavailable(doing, err)
	case changed == 0:
		return none
	}
	return nil
}

// unavailable says what was being done when the database failed. Whatever the
// failure was (cut off, too busy, read-only, deadline), it says nothing about the
// session or user in question, and the same call may succeed later.
func unavailable(doing string, err error) error {
	return fmt.Errorf("postgres: %s: %w: %w", doing, rotation.ErrUnavailable, err)
}
