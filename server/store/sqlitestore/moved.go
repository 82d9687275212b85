package sqlitestore

import (
	"context"
	"errors"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// moved reads what is moved. It implements [transfer.Reader].
type moved struct{ db *prepared }

// Rows implements [transfer.Reader].
func (m moved) Rows(ctx context.Context, table transfer.Table, in transfer.Span, limit int) (found []transfer.Row, err error) {
	rows, err := m.db.query(ctx, moveStatement(moveRows, table, in), in.After, in.Until, limit)
	if err != nil {
		return nil, unavailable("read a page", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row := make(transfer.Row, len(table.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, unavailable("read a page", err)
		}
		for i := range row {
			if value, ok := row[i].([]byte); ok && value == nil {
				row[i] = []byte{} // the driver makes a nil of one without a length
			}
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("read a page", err)
	}
	return found, nil
}

// Count implements [transfer.Reader].
func (m moved) Count(ctx context.Context, table transfer.Table, in transfer.Span) (count int64, err error) {
	if err := m.db.row(ctx, moveStatement(moveCount, table, in), spanArgs(in)...).Scan(&count); err != nil {
		return 0, unavailable("count the rows of "+table.Name, err)
	}
	return count, nil
}

// Fact implements [transfer.Reader].
func (m moved) Fact(ctx context.Context, name string) (string, error) { return meta(m).Get(ctx, name) }
