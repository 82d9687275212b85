package sqlitestore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a file as ours; SQLite keeps it in the header for that.
const applicationID = 0x61757468 // "auth"

// claim marks a new file as ours, and refuses one that is somebody else's.
func claim(ctx context.Context, db *sql.DB) error {
	var id, tables int
	err := db.QueryRowContext(ctx, `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT count(*) FROM sqlite_schema)`).Scan(&id, &tables)
	switch {
	case err != nil:
		return err
	case id == applicationID:
		return nil
	case id != 0 || tables != 0:
		return errForeign
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}

// migrate brings the tables up to date. Other processes may do so at the same
// time: each migration is a transaction, so that one of them succeeds, and the
// others find it done when they look again.
func migrate(ctx context.Context, db *sql.DB) (err error) {
	const attempts = 5
	for range attempts {
		schema, readErr := readSchema(ctx, db)
		switch {
		case readErr != nil:
			return readErr
		case schema.Current >= schema.Latest:
			return schema.check()
		}
		if err = applyMigrations(ctx, db); err != nil && ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
	return err
}

func applyMigrations(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
