package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

var _ transfer.Source = (*moveSource)(nil)

// moveSource is a database that nobody else writes to, because this transaction holds
// its tables. It reads all of them as they were at one moment.
type moveSource struct {
	moved
	tx pgx.Tx
}

// MoveFrom keeps everybody else from writing, until the source is released, as one that
// is moved elsewhere. It is for "authfetchd migrate". The error wraps
// rotation.ErrUnavailable, or ErrDenied where the role may not mark the database as
// moved afterwards.
func (s *Store) MoveFrom(ctx context.Context) (transfer.Source, error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return nil, unavailable("lock the database", err)
	}
	source := &moveSource{moved{tx}, tx}
	if err := source.hold(ctx); err != nil {
		return nil, errors.Join(err, source.Release())
	}
	return source, nil
}

// hold takes the locks before the first statement that reads, which is the moment that
// all others read.
func (m *moveSource) hold(ctx context.Context) error {
	if _, err := m.tx.Exec(ctx, movePatience); err != nil {
		return unavailable("lock the database", err)
	}
	if _, err := m.tx.Exec(ctx, moveLock); err != nil {
		return unavailable("lock the database", err)
	}
	var names []string
	for _, table := range transfer.Tables() {
		names = append(names, table.Name)
	}
	var may bool
	if err := m.tx.QueryRow(ctx, moveRights, names).Scan(&may); err != nil {
		return unavailable("look at the rights", err)
	}
	if !may {
		return fmt.Errorf("%w: the role may not mark the database as moved; use the role that made the tables", ErrDenied)
	}
	return nil
}

// Seal implements [transfer.Source].
func (m *moveSource) Seal(ctx context.Context, to string) error {
	if err := (meta{m.tx}).Set(ctx, transfer.MarkMoved, to); err != nil {
		return err
	}
	if _, err := m.tx.Exec(ctx, moveSeal); err != nil {
		return unavailable("mark the database as moved", err)
	}
	if err := m.tx.Commit(ctx); err != nil {
		return unavailable("mark the database as moved", err)
	}
	return nil
}

// Release implements [transfer.Source].
func (m *moveSource) Release() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	err := m.tx.Rollback(ctx)
	if err == nil || errors.Is(err, pgx.ErrTxClosed) || m.tx.Conn().IsClosed() {
		return nil // with the connection, the locks have gone
	}
	return unavailable("let go of the database", err)
}
