package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/internal/transfer"
	"github.com/authfetch/authfetch/server/secret"
)

const (
	defaultData = "authfetch-data"
	secretName  = "secret"
	dirMode     = 0o700
)

// data is what the program keeps.
type data struct {
	store    database
	accounts *account.Service
	clock    func() time.Time
}

// openData opens the database. The directory and the tables are made where there are
// none. A nil clock is time.Now.
func openData(ctx context.Context, at place, now func() time.Time) (*data, error) {
	if err := makeDir(at.dir); err != nil {
		return nil, err
	}
	return newData(ctx, at, now)
}

// openExisting opens a database that has been used before. A mistyped directory must
// not become an empty database in which nothing is found.
func openExisting(ctx context.Context, at place, now func() time.Time) (*data, error) {
	if err := at.engine().used(ctx); err != nil {
		return nil, err
	}
	return newData(ctx, at, now)
}

// newData opens a database that is the only one with what it holds: not one that is
// being filled, or was moved.
func newData(ctx context.Context, at place, now func() time.Time) (*data, error) {
	store, err := at.engine().open(ctx)
	if err != nil {
		return nil, err
	}
	if err := transfer.Check(ctx, store.MoveTo(), at.side()); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	accounts, err := account.New(account.Config{Store: store, Now: now})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &data{store: store, accounts: accounts, clock: system{now: now}.clock}, nil
}

func makeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fmt.Errorf("making the data directory: %w; choose another one with --data", err)
	}
	return nil
}

// secret reads the server secret, by default in the data directory. It makes one
// only for a database that has none yet: with another secret, everybody would be
// signed out.
func (d *data) secret(ctx context.Context, path string) (secret.Set, error) {
	secrets, err := secret.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secrets, err = d.newSecret(ctx, path)
	}
	if err != nil {
		return secret.Set{}, err
	}
	if err := d.store.UseSecret(ctx, secrets, d.clock()); err != nil {
		return secret.Set{}, fmt.Errorf("%s: %w", path, err)
	}
	return secrets, nil
}

func (d *data) newSecret(ctx context.Context, path string) (secret.Set, error) {
	used, err := d.store.HasSecret(ctx)
	if err != nil {
		return secret.Set{}, err
	}
	if used {
		return secret.Set{}, fmt.Errorf("the secret of this database is missing: copy it to %s from another server on the database, or from a backup, or name it with --secret-file", path)
	}
	secrets, err := secret.CreateFile(path)
	if errors.Is(err, fs.ErrExist) {
		return secret.ReadFile(path) // another node was faster
	}
	return secrets, err
}

func (d *data) close() error { return d.store.Close() }
