package sqlitestore

import (
	"context"
	"errors"

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
func (s *Store) MoveTo() transfer.Target { return moveTarget{moved{s.reader}, s} }

// Begin implements [transfer.Target].
func (t moveTarget) Begin(ctx context.Context, from string) error {
	return t.store.write(ctx, func(ctx context.Context, tx *prepared) error {
		err := forSeals(moveUnseal, func(statement string) error {
			_, err := tx.exec(ctx, statement)
			return err
		})
		if err != nil {
			return unavailable("let the database be written again", err)
		}
		return errors.Join(meta{tx}.Set(ctx, transfer.MarkMoved, ""), meta{tx}.Set(ctx, transfer.MarkFilling, from))
	})
}

// Replace implements [transfer.Target].
func (t moveTarget) Replace(ctx context.Context, table transfer.Table, in transfer.Span, rows []transfer.Row) error {
	return t.store.write(ctx, func(ctx context.Context, tx *prepared) error {
		if _, err := tx.exec(ctx, moveStatement(moveDelete, table, in), spanArgs(in)...); err != nil {
			return unavailable("replace rows", err)
		}
		insert := moveStatement(moveInsert, table, in)
		for _, row := range rows {
			if _, err := tx.exec(ctx, insert, row...); err != nil {
				return unavailable("replace rows", err)
			}
		}
		return nil
	})
}

// Finish implements [transfer.Target].
func (t moveTarget) Finish(ctx context.Context) error {
	return t.store.write(ctx, func(ctx context.Context, tx *prepared) error {
		return meta{tx}.Set(ctx, transfer.MarkFilling, "")
	})
}
