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

const migrateAbout = `
Brings the tables of a database up to date. Every other command does so too, at
its start; this one says what is done, and does nothing else. There is no way
back: make a backup first, and stop servers of an older version, which refuse to
start on newer tables.

  authfetchd migrate --data DIR --dry-run`

// migrate brings the tables up to date, and says from what to what.
func migrate(ctx context.Context, args []string, sys system) error {
	o := newOptions("migrate", "migrate [options]", migrateAbout)
	var dir string
	o.data(&dir, "where the database is")
	dry := o.Bool("dry-run", false, "say what would be done, and change nothing")
	o.once = []string{"dry-run"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	path := filepath.Join(dir, databaseName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return noDatabase(dir)
	}
	schema, err := sqlitestore.ReadSchema(ctx, path)
	if err != nil {
		return err
	}
	text := "%s was brought from schema %d to %d\n"
	switch {
	case schema.Current == schema.Latest:
		_, err = fmt.Fprintf(sys.out, "%s has schema %d, the latest\n", path, schema.Current)
		return err
	case *dry:
		text = "%s would be brought from schema %d to %d\n"
	default:
		store, err := sqlitestore.Open(ctx, path)
		if err != nil {
			return err
		}
		if err := store.Close(); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(sys.out, text, path, schema.Current, schema.Latest)
	return err
}
