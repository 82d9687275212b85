package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"

	"github.com/pressly/goose/v3"
)

// Schema says how the tables of a database are made.
type Schema struct {
	Current int64 // the last change that was applied; 0: none
	Latest  int64 // the last change that this program knows
}

// check refuses tables that a newer version has made: it may rely on what this
// one does not know of.
func (s Schema) check() error {
	if s.Current > s.Latest {
		return fmt.Errorf("%w: its schema is %d, this program knows %d; update the program", ErrNewerSchema, s.Current, s.Latest)
	}
	return nil
}

// ReadSchema looks at a database file and changes nothing in it. The errors are
// those of Open.
func ReadSchema(ctx context.Context, path string) (s Schema, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return Schema{}, fmt.Errorf("read the schema: %w", err)
	}
	// Not dataSource: that would make a file where there is none, and switch
	// somebody else's to WAL.
	source := url.URL{Scheme: "file", Path: path, RawQuery: fmt.Sprintf("mode=rw&_query_only=1&_busy_timeout=%d", busyTimeout.Milliseconds())}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return Schema{}, fmt.Errorf("read the schema: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if s, err = readSchema(ctx, db); err != nil {
		return Schema{}, openError(path, err)
	}
	return s, s.check()
}

// readSchema asks the table that goose keeps. Goose's own question would make
// that table, and would be repeated for seconds where the file is damaged.
func readSchema(ctx context.Context, db *sql.DB) (s Schema, err error) {
	if s.Latest, err = latestSchema(); err != nil {
		return Schema{}, err
	}
	var id, tables, versioned int
	err = db.QueryRowContext(ctx, `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT count(*) FROM sqlite_schema),
		(SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version')`).Scan(&id, &tables, &versioned)
	switch {
	case err != nil:
		return Schema{}, err
	case id != applicationID && (id != 0 || tables != 0):
		return Schema{}, errForeign
	case versioned == 0:
		return s, nil
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&s.Current)
	return s, err
}

// latestSchema is the number of the last migration.
func latestSchema() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("read the migrations: %w", errors.Join(err, fs.ErrNotExist))
	}
	return goose.NumericComponent(names[len(names)-1])
}
