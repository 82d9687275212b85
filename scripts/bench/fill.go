package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// fill adds that many sessions of nobody in particular, at once and without regard
// to the disk. They ended so long ago, or live where that is zero.
func fill(ctx context.Context, d *database, count int, endedAgo time.Duration) (err error) {
	db, err := sql.Open("sqlite", "file:"+d.path+"?_txlock=immediate&_synchronous=OFF&_busy_timeout=5000")
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
