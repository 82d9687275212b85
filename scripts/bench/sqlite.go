package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

var sqlite = kind{name: "SQLite", aim: 1, open: openSQLite}

// sqliteStore is a store on a file of its own.
type sqliteStore struct {
	*sqlitestore.Store
	path string
}

func openSQLite(ctx context.Context, b *bench, name string) (store, error) {
	path := filepath.Join(b.dir, name+".db")
	opened, err := sqlitestore.Open(ctx, path)
	return sqliteStore{opened, path}, err
}

// fill does it without regard to the disk.
func (s sqliteStore) fill(ctx context.Context, count int, endedAgo time.Duration) (err error) {
	db, err := sql.Open("sqlite", "file:"+s.path+"?_txlock=immediate&_synchronous=OFF&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	ids := make([]string, count)
	for i := range ids {
		ids[i] = rand.Text() // as the engine makes them, so that they lie between real ones
	}
	slices.Sort(ids) // which is the order of the table, and makes it as dense as can be
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := copySessions(ctx, tx, ids, endedAgo); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// copySessions makes copies of a session that is there, so that they have whatever
// columns a session has.
func copySessions(ctx context.Context, tx *sql.Tx, ids []string, endedAgo time.Duration) error {
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE template AS SELECT * FROM sessions LIMIT 1"); err != nil {
		return err
	}
	if endedAgo > 0 {
		end := time.Now().Add(-endedAgo).UnixMilli()
		if _, err := tx.ExecContext(ctx, "UPDATE template SET idle_expires_at = ?1, expires_at = ?1", end); err != nil {
			return err
		}
	}
	change, err := tx.PrepareContext(ctx, "UPDATE template SET id = ?1, user_id = ?2")
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO sessions SELECT * FROM template")
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, err := change.ExecContext(ctx, id, fmt.Sprint("user ", i)); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE template")
	return err
}

// sqliteSwapper has the same driver, the same settings and a single writing
// connection.
type sqliteSwapper struct {
	db        *sql.DB
	statement *sql.Stmt
}

func (s sqliteStore) swapper(ctx context.Context) (swapper, error) {
	text, err := os.ReadFile(filepath.Join(stores, "sqlitestore/sql/session_rotate.sql"))
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+s.path+"?_txlock=immediate&_busy_timeout=5000&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	statement, err := db.PrepareContext(ctx, string(text))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return sqliteSwapper{db, statement}, nil
}

func (s sqliteSwapper) swap(ctx context.Context, old rotation.Record, nonce string, now time.Time) (changed int, err error) {
	rows, err := s.statement.QueryContext(ctx, old.ID, old.Generation, old.Nonce,
		nonce, now.UnixMilli(), now.Add(time.Hour).UnixMilli(), client.UserAgent, client.Address, "" /* bound to no key */, old.Generation, old.Nonce)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		changed++
	}
	return changed, errors.Join(rows.Err(), rows.Close())
}

func (s sqliteSwapper) Close() error { return errors.Join(s.statement.Close(), s.db.Close()) }
