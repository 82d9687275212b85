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

// migrate brings the tables up to date. Other processes may do so at the same
// time: each migration is a transaction, so that one of them succeeds, and the
// others find it done when they look again.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	const attempts = 5
	for range attempts {
		var current, target int64
		current, target, err = provider.GetVersions(ctx)
		switch {
		case err != nil:
		case current > target:
			return fmt.Errorf("%w: its schema is %d, this program knows %d; update the program", ErrNewerSchema, current, target)
		case current == target:
			return nil
		default:
			_, err = provider.Up(ctx)
		}
		if err != nil && ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
	return err
}
