package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

const databaseName = "authfetch.db"

// sqlite is the database file in the data directory.
type sqlite struct{ dir string }

func (s sqlite) String() string { return filepath.Join(s.dir, databaseName) }

func (s sqlite) open(ctx context.Context) (database, error) {
	store, err := sqlitestore.Open(ctx, s.String())
	if err != nil {
		return nil, err // not a nil *Store, which would be a database
	}
	return store, nil
}

func (s sqlite) schema(ctx context.Context) (schema, error) {
	if err := s.used(ctx); err != nil {
		return schema{}, err
	}
	found, err := sqlitestore.ReadSchema(ctx, s.String())
	return schema{found.Current, found.Latest}, err
}

func (s sqlite) used(context.Context) error {
	if _, err := os.Stat(s.String()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s; name its directory with --data, or a PostgreSQL database with --database", s.dir)
	}
	return nil
}
