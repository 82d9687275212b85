package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
)

const issuer = "https://bench.example"

// kind is a kind of database.
type kind struct {
	name string  // for people
	aim  float64 // of refreshes against the bare statement; zero: none beside the limit
	open func(ctx context.Context, b *bench, name string) (store, error)
}

// on is a subject that is measured on one kind of database or another.
func on(k kind, measure func(ctx context.Context, b *bench, k kind) error) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error { return measure(ctx, b, k) }
}

// store is one of the stores, and beside it what is done to its database without
// going through it.
type store interface {
	server.Store
	account.Store
	io.Closer

	// fill adds that many sessions of nobody in particular, at once. They ended so
	// long ago, or live where that is zero. What they have in common is that of a
	// session that is there.
	fill(ctx context.Context, count int, endedAgo time.Duration) error
	// swapper prepares the statement that a refresh comes down to.
	swapper(ctx context.Context) (swapper, error)
}

// database is a store with nobody else in it, and an engine that keeps sessions there.
type database struct {
	store   store
	secrets secret.Set
	engine  *rotation.Engine
}

// openDatabase opens a new database, until the end of the subject.
func openDatabase(ctx context.Context, b *bench, k kind, name string) (*database, error) {
	opened, err := k.open(ctx, b, name)
	if err != nil {
		return nil, err
	}
	b.atEnd(opened.Close)
	d := &database{store: opened, secrets: secret.Generate()}
	d.engine, err = rotation.New(rotation.Config{Issuer: issuer, Secrets: d.secrets, Store: d.store})
	return d, err
}

// begin starts sessions and returns their refresh tokens.
func (d *database) begin(ctx context.Context, count int) ([]string, error) {
	tokens := make([]string, count)
	err := each(count, func(i int) error {
		grant, err := d.engine.Begin(ctx, rotation.SignIn{UserID: fmt.Sprint("user ", i), Client: client})
		tokens[i] = grant.RefreshToken.Reveal()
		return err
	})
	return tokens, err
}

// client is of a usual length.
var client = rotation.Client{
	UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
	Address:   "192.0.2.1",
}

// refresher refreshes one session for each client, with the token that it got the
// time before.
func (d *database) refresher(tokens []string) operation {
	return func(ctx context.Context, i int) error {
		grant, err := d.engine.Refresh(ctx, rotation.Request{Tokens: tokens[i : i+1], Client: client})
		if err == nil {
			tokens[i] = grant.RefreshToken.Reveal()
		}
		return err
	}
}
