package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

const (
	defaultData  = "authfetch-data"
	databaseName = "authfetch.db"
	secretName   = "secret"
	dirMode      = 0o700
)

// data is what the program keeps on disk.
type data struct {
	store    *sqlitestore.Store
	accounts *account.Service
	clock    func() time.Time
}

// openData opens the database in the directory. Both are made where there is
// neither. A nil clock is time.Now.
func openData(ctx context.Context, dir string, now func() time.Time) (*data, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, databaseName))
	if err != nil {
		return nil, err
	}
	accounts, err := account.New(account.Config{Store: store, Now: now})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &data{store: store, accounts: accounts, clock: system{now: now}.clock}, nil
}

// openExisting opens a database that is there. A mistyped directory must not
// become an empty database in which nothing is found.
func openExisting(ctx context.Context, dir string, now func() time.Time) (*data, error) {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); errors.Is(err, fs.ErrNotExist) {
		return nil, noDatabase(dir)
	}
	return openData(ctx, dir, now)
}

func noDatabase(dir string) error {
	return fmt.Errorf("there is no database in %s; name its directory with --data", dir)
}

func makeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fmt.Errorf("making the data directory: %w; choose another one with --data", err)
	}
	return nil
}

// secret reads the server secret, by default beside the database. It makes one
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
		return secret.Set{}, fmt.Errorf("the secret of this database is missing: copy it to %s from a backup or another node, or name it with --secret-file", path)
	}
	secrets, err := secret.CreateFile(path)
	if errors.Is(err, fs.ErrExist) {
		return secret.ReadFile(path) // another node was faster
	}
	return secrets, err
}

func (d *data) close() error { return d.store.Close() }
