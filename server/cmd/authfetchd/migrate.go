package main

import (
	"context"
	"fmt"
)

const migrateAbout = `
Brings the tables of a database up to date. Every other command does so too, at
its start; this one says what is done, and does nothing else. There is no way
back: make a backup first, and stop servers of an older version, which refuse to
start on newer tables.

  authfetchd migrate --data DIR --dry-run
  authfetchd migrate --database postgres://owner@db.example.com/authfetch`

// migrate brings the tables up to date, and says from what to what.
func migrate(ctx context.Context, args []string, sys system) error {
	o := newOptions("migrate", "migrate [options]", migrateAbout)
	var at place
	o.place(&at, "where the database is")
	dry := o.Bool("dry-run", false, "say what would be done, and change nothing")
	o.once = []string{"dry-run"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	db := at.engine()
	schema, err := db.schema(ctx)
	if err != nil {
		return err
	}
	text := "%s was brought from schema %d to %d\n"
	switch {
	case schema.current > schema.latest: // and it is fit for this program, or it would have been refused
		_, err = fmt.Fprintf(sys.out, "%s has schema %d, of a newer version; this program knows %d, and can work with it\n", db, schema.current, schema.latest)
		return err
	case schema.current == schema.latest:
		_, err = fmt.Fprintf(sys.out, "%s has schema %d, the latest\n", db, schema.current)
		return err
	case *dry:
		text = "%s would be brought from schema %d to %d\n"
	default:
		store, err := db.open(ctx)
		if err != nil {
			return err
		}
		if err := store.Close(); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(sys.out, text, db, schema.current, schema.latest)
	return err
}
