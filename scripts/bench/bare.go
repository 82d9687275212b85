package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

// stores is where the statements are, as the stores run them. The program runs in
// its own directory.
const stores = "../../server/store"

// swapper runs the bare compare and swap on a database.
type swapper interface {
	io.Closer
	// swap rotates a session, and returns how many rows that changed.
	swap(ctx context.Context, old rotation.Record, nonce string, now time.Time) (changed int, err error)
}

// bareRotation is the bare statement for each client again and again: nothing is
// read before it, nothing decided, and there is no token.
type bareRotation struct {
	swapper
	sessions []rotation.Record
}

func openBareRotation(ctx context.Context, d *database, sessions int) (*bareRotation, error) {
	prepared, err := d.store.swapper(ctx)
	if err != nil {
		return nil, err
	}
	b := &bareRotation{prepared, make([]rotation.Record, sessions)}
	now := time.Now()
	err = each(sessions, func(i int) error {
		b.sessions[i] = rotation.Record{
			ID: rand.Text(), UserID: fmt.Sprint("bare ", i), Nonce: rand.Text(),
			CreatedAt: now, RotatedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour), Client: client,
		}
		_, _, err := d.store.CreateSession(ctx, b.sessions[i], nil)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// rotate rotates the client's session once.
func (b *bareRotation) rotate(ctx context.Context, i int) error {
	rec, nonce := &b.sessions[i], rand.Text()
	changed, err := b.swap(ctx, *rec, nonce, time.Now())
	if err != nil {
		return err
	}
	if changed != 1 {
		return fmt.Errorf("the bare statement changed %d rows", changed)
	}
	rec.Generation, rec.Nonce = rec.Generation+1, nonce
	return nil
}
