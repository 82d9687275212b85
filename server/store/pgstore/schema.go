package pgstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// versionTable is where goose notes which migrations were applied.
const versionTable = "authfetch.goose_db_version"

// minServer is the oldest PostgreSQL that this package is for, as server_version_num
// has it: the oldest one that its makers still look after.
const minServer = 140000

// Schema says how the tables of a database are made.
type Schema struct {
	Current int64 // the last change that was applied; 0: none
	Latest  int64 // the last change that this program knows

	// floor is the least Latest that a program has to have to work with the tables.
	// It is why nodes of two versions can run side by side during an upgrade.
	floor int64
}

// check refuses tables that have been changed in a way that this program cannot
// know how to deal with.
func (s Schema) check() error {
	if s.Latest < s.floor {
		return fmt.Errorf("%w: its schema is %d and wants programs that know %d, this one knows %d; update the program",
			ErrNewerSchema, s.Current, s.floor, s.Latest)
	}
	return nil
}

// ReadSchema looks at a database and changes nothing in it. The errors are those of
// Open.
func ReadSchema(ctx context.Context, url string) (Schema, error) {
	config, err := poolConfig(url)
	if err != nil {
		return Schema{}, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return Schema{}, openError(err)
	}
	defer func() { _ = conn.Close(ctx) }() // it was read only
	schema, err := readSchema(ctx, conn, migrationFiles)
	if err != nil {
		return Schema{}, err
	}
	return schema, schema.check()
}

// querier is a pool, a connection, or a transaction.
type querier interface {
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, statement string, args ...any) pgx.Row
	Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error)
}

// readSchema asks the table that goose keeps. Goose's own question would make it.
func readSchema(ctx context.Context, db querier, files fs.FS) (s Schema, err error) {
	if s.Latest, err = latest(files); err != nil {
		return Schema{}, err
	}
	var server int
	var made bool
	err = db.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, to_regclass($1) IS NOT NULL", versionTable).Scan(&server, &made)
	switch {
	case err != nil:
		return Schema{}, openError(err)
	case server < minServer:
		return Schema{}, fmt.Errorf("%w: it is version %d, want %d or later", ErrOldServer, server/10000, minServer/10000)
	case !made:
		return s, nil
	}
	if err := db.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable).Scan(&s.Current); err != nil {
		return Schema{}, openError(err)
	}
	if s.Current == 0 {
		return s, nil // goose has made its table, and nothing else yet
	}
	var floor string
	err = db.QueryRow(ctx, metaGet, schemaFloor).Scan(&floor)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return Schema{}, openError(err)
	}
	if s.floor, err = strconv.ParseInt(floor, 10, 64); err != nil {
		return Schema{}, fmt.Errorf("read the schema: %s is no number: %w", schemaFloor, err)
	}
	return s, nil
}

// latest is the number of the last migration.
func latest(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("read the migrations: %w", errors.Join(err, fs.ErrNotExist))
	}
	return goose.NumericComponent(names[len(names)-1])
}
