package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

const issuer = "https://bench.example"

// database is a store on a file of its own, and an engine that keeps sessions there.
type database struct {
	path    string
	secrets secret.Set
	store   *sqlitestore.Store
	engine  *rotation.Engine
}

func openDatabase(ctx context.Context, dir, name string) (*database, error) {
	d := &database{path: filepath.Join(dir, name), secrets: secret.Generate()}
	var err error
	if d.store, err = sqlitestore.Open(ctx, d.path); err != nil {
		return nil, err
	}
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
