package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// moved reads what is moved. It implements [transfer.Reader].
type moved struct{ db querier }

// Rows implements [transfer.Reader].
func (m moved) Rows(ctx context.Context, table transfer.Table, in transfer.Span, limit int) ([]transfer.Row, error) {
	statement, args := moveStatement(moveRows, table, in, limit)
	rows, err := m.db.Query(ctx, statement, args...)
	if err != nil {
		return nil, unavailable("read a page", err)
	}
	found, err := pgx.CollectRows(rows, func(from pgx.CollectableRow) (transfer.Row, error) {
		row, err := from.Values()
		for i := range row {
			row[i] = moveValue(row[i])
		}
		return row, err
	})
	if err != nil {
		return nil, unavailable("read a page", err)
	}
	return found, nil
}

// moveValue is a value as a [transfer.Row] has it.
func moveValue(value any) any {
	switch value := value.(type) {
	case int32:
		return int64(value)
	case time.Time:
		return value.UnixMilli()
	}
	return value
}

// Count implements [transfer.Reader].
func (m moved) Count(ctx context.Context, table transfer.Table, in transfer.Span) (count int64, err error) {
	statement, args := moveStatement(moveCount, table, in, 0)
	if err := m.db.QueryRow(ctx, statement, args...).Scan(&count); err != nil {
		return 0, unavailable("count the rows of "+table.Name, err)
	}
	return count, nil
}

// Fact implements [transfer.Reader].
func (m moved) Fact(ctx context.Context, name string) (string, error) { return meta(m).Get(ctx, name) }

// toColumns are the values of a row as COPY takes them.
func toColumns(table transfer.Table, row transfer.Row) ([]any, error) {
	if len(row) != len(table.Columns) {
		return nil, fmt.Errorf("a row of %s has %d values", table.Name, len(row))
	}
	values := make([]any, len(row))
	for i, value := range row {
		if ms, ok := value.(int64); ok && table.Columns[i].Kind == transfer.Time {
			value = time.UnixMilli(ms)
		}
		values[i] = value
	}
	return values, nil
}
