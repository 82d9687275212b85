package main

import (
	"context"
	"fmt"
)

const migrateAbout = `
Brings the tables of a database up to date. Every other command does so too, at
its start; this one says what is done, and does nothing else. There is no way
back, so make a backup first. On SQLite stop servers of an older version too,
which refuse newer tables; on PostgreSQL they go on beside newer servers.

  authfetchd migrate --data DIR --dry-run
  authfetchd migrate --database postgres://owner@db.example.com/authfetch

With --from and --to it moves everything into another database instead, from
SQLite to PostgreSQL or any other way, and sessions live on there:

  authfetchd migrate --from DIR --to postgres://owner@db.example.com/authfetch

Stop the servers first. One that still runs answers 503 from then on, never 401,
for the source cannot be written while it is moved, nor afterwards. Interrupted,
the same command goes on where it stopped. At the end both sides are read again
and compared by checksums. Until then no server starts on the target, and from
then on none on the source, unless it is moved back with the sides changed. The
server secret is not in the database: the same file serves on.`

// migrate brings the tables up to date, and says from what to what, or moves all that
// is in them.
func migrate(ctx context.Context, args []string, sys system) error {
	o := newOptions("migrate", "migrate [options]", migrateAbout)
	var at place
	o.place(&at, "where the database is")
	var sides move
	sides.flags(o)
	dry := o.Bool("dry-run", false, "say what would be done, and change nothing")
	o.once = append(o.once, "dry-run")
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	if sides.wanted() {
		return sides.run(ctx, *dry, sys)
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
