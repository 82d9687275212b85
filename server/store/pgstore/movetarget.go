package pgstore

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

var _ transfer.Target = moveTarget{}

// moveTarget is a database that is filled.
type moveTarget struct {
	moved
	store *Store
}

// MoveTo is the database as one that another is moved into. It is for "authfetchd
// migrate".
func (s *Store) MoveTo() transfer.Target { return moveTarget{moved{s.pool}, s} }

// Count implements [transfer.Reader]. It may take long.
func (t moveTarget) Count(ctx context.Context, table transfer.Table, in transfer.Span) (count int64, err error) {
	err = t.write(ctx, "count rows", func(tx pgx.Tx) (err error) {
		count, err = moved{tx}.Count(ctx, table, in)
		return err
	})
	return count, err
}

// Begin implements [transfer.Target].
func (t moveTarget) Begin(ctx context.Context, from string) error {
	const doing = "mark the database as incomplete"
	return t.write(ctx, doing, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, moveUnseal); err != nil {
			return unavailable(doing, err)
		}
		if err := (meta{tx}).Set(ctx, transfer.MarkMoved, ""); err != nil {
			return err
		}
		return meta{tx}.Set(ctx, transfer.MarkFilling, from)
	})
}

// Replace implements [transfer.Target].
func (t moveTarget) Replace(ctx context.Context, table transfer.Table, in transfer.Span, rows []transfer.Row) error {
	const doing = "replace rows"
	return t.write(ctx, doing, func(tx pgx.Tx) error {
		statement, args := moveStatement(moveDelete, table, in, 0)
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			return unavailable(doing, err)
		}
		if err := makeWay(ctx, tx, table, rows); err != nil {
			return unavailable(doing, err)
		}
		values := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) { return toColumns(table, rows[i]) })
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"authfetch", table.Name}, columnNames(table), values); err != nil {
			return unavailable(doing, err)
		}
		return nil
	})
}

// makeWay removes what has the same in a unique column as a row that comes.
func makeWay(ctx context.Context, tx pgx.Tx, table transfer.Table, rows []transfer.Row) error {
	for i, column := range table.Columns {
		if !column.Unique || len(rows) == 0 {
			continue
		}
		values := make([]string, len(rows))
		for r, row := range rows {
			values[r], _ = row[i].(string)
		}
		statement, _ := moveStatement(strings.ReplaceAll(moveCollide, "{unique}", column.Name), table, transfer.Span{}, 0)
		if _, err := tx.Exec(ctx, statement, values); err != nil {
			return err
		}
	}
	return nil
}

// Finish implements [transfer.Target].
func (t moveTarget) Finish(ctx context.Context) error {
	const doing = "mark the database as complete"
	return t.write(ctx, doing, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, moveAnalyze); err != nil {
			return unavailable(doing, err)
		}
		return meta{tx}.Set(ctx, transfer.MarkFilling, "")
	})
}

// write is [Store.write] for statements that may take long.
func (t moveTarget) write(ctx context.Context, doing string, f func(tx pgx.Tx) error) error {
	return t.store.write(ctx, doing, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, movePatience); err != nil {
			return unavailable(doing, err)
		}
		return f(tx)
	})
}
