package pgstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// migrationLock is the advisory lock under which the schema is changed: of nodes that
// start at the same time one does it, and the others find it done. "authfet" in hex.
const migrationLock = 0x61757468666574

// Migrate brings the schema up to date, under a lock, so that any number of nodes may
// call it at once. Where it is up to date, no right to change it is needed; nor is it
// touched where a newer version has changed it in a way that this one can live with.
//
// The lock belongs to a connection, so the URL must not go through a pooler that
// shares connections between transactions. The errors are those of Open.
func (s *Store) Migrate(ctx context.Context) error {
	return s.migrate(ctx, migrationFiles)
}

func (s *Store) migrate(ctx context.Context, files fs.FS) error {
	schema, err := readSchema(ctx, s.pool, files)
	if err != nil {
		return err
	}
	if schema.Current < schema.Latest {
		return s.apply(ctx, files)
	}
	return schema.check()
}

// apply has connections of its own: a change of tables may take longer than a
// statement of a request may, and a pool of one connection would wait for itself.
func (s *Store) apply(ctx context.Context, files fs.FS) (err error) {
	config := s.pool.Config()
	for _, timeout := range []string{"statement_timeout", "lock_timeout"} {
		config.ConnConfig.RuntimeParams[timeout] = "0"
	}
	var options []stdlib.OptionOpenDB
	if config.BeforeConnect != nil { // an application may fetch a password there
		options = append(options, stdlib.OptionBeforeConnect(config.BeforeConnect))
	}
	db := stdlib.OpenDB(*config.ConnConfig, options...)
	defer func() { err = errors.Join(err, db.Close()) }()
	lock, err := db.Conn(ctx)
	if err != nil {
		return openError(err)
	}
	defer func() { _ = lock.Close() }() // with the connection, the lock goes
	if _, err := lock.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return openError(err)
	}
	// Others may have done it while we waited.
	schema, err := readSchema(ctx, s.pool, files)
	if err != nil {
		return err
	}
	if schema.Current >= schema.Latest {
		return schema.check()
	}
	if _, err := lock.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS authfetch"); err != nil {
		return openError(err)
	}
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithTableName(versionTable))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return openError(err)
	}
	return nil
}
