package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/authfetch/authfetch/server/rotation"
)

// rotateStatement is the compare and swap that a refresh comes down to, as the
// store runs it. The program runs in its own directory.
const rotateStatement = "../../server/store/sqlitestore/sql/session_rotate.sql"

// bareRotation runs the bare statement on a database: the same driver, the same
// settings and a single writing connection, but nothing read before it, nothing
// decided, and no token.
type bareRotation struct {
	db        *sql.DB
	statement *sql.Stmt
	sessions  []rotation.Record
}

func openBareRotation(ctx context.Context, d *database, sessions int) (*bareRotation, error) {
	text, err := os.ReadFile(rotateStatement)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+d.path+"?_txlock=immediate&_busy_timeout=5000&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	b := &bareRotation{db: db, sessions: make([]rotation.Record, sessions)}
	if b.statement, err = db.PrepareContext(ctx, string(text)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	now := time.Now()
	for i := range b.sessions {
		b.sessions[i] = rotation.Record{
			ID: rand.Text(), UserID: fmt.Sprint("bare ", i), Nonce: rand.Text(),
			CreatedAt: now, RotatedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour), Client: client,
		}
	}
	err = each(sessions, func(i int) error {
		_, _, err := d.store.CreateSession(ctx, b.sessions[i], nil)
		return err
	})
	return b, err
}

// rotate rotates the client's session once.
func (b *bareRotation) rotate(ctx context.Context, i int) error {
	rec, nonce, now := &b.sessions[i], rand.Text(), time.Now()
	rows, err := b.statement.QueryContext(ctx, rec.ID, rec.Generation, rec.Nonce,
		nonce, now.UnixMilli(), now.Add(time.Hour).UnixMilli(), client.UserAgent, client.Address, "" /* bound to no key */, rec.Generation, rec.Nonce)
	if err != nil {
		return err
	}
	changed := 0
	for rows.Next() {
		changed++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if changed != 1 {
		return fmt.Errorf("the bare statement changed %d rows", changed)
	}
	rec.Generation, rec.Nonce = rec.Generation+1, nonce
	return nil
}

func (b *bareRotation) close() error { return errors.Join(b.statement.Close(), b.db.Close()) }
