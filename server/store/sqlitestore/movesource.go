package sqlitestore

import (
	"context"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

var _ transfer.Source = (*moveSource)(nil)

// moveSource is a database that nobody else writes to, because this holds the lock of
// all who write.
type moveSource struct {
	moved
	writer *committer // whose leader it is, in a transaction
	over   bool
}

// MoveFrom keeps everybody else from writing, until the source is released, as one that
// is moved elsewhere. It is for "authfetchd migrate". The error wraps
// rotation.ErrUnavailable.
func (s *Store) MoveFrom(ctx context.Context) (transfer.Source, error) {
	select {
	case s.writer.leader <- struct{}{}:
	case <-ctx.Done():
		return nil, unavailable("lock the database", ctx.Err())
	}
	err := s.writer.setSync(true)
	if err == nil {
		_, err = s.writer.tx.exec(ctx, beginBatch)
	}
	if err != nil {
		<-s.writer.leader
		return nil, unavailable("lock the database", err)
	}
	return &moveSource{moved: moved{s.reader}, writer: s.writer}, nil
}

// Seal implements [transfer.Source].
func (m *moveSource) Seal(ctx context.Context, to string) error {
	err := forSeals(moveSeal, func(statement string) error {
		_, err := m.writer.tx.exec(ctx, statement)
		return err
	})
	if err != nil {
		return unavailable("mark the database as moved", err)
	}
	if err := (meta{m.writer.tx}).Set(ctx, transfer.MarkMoved, to); err != nil {
		return err
	}
	return m.end(commitBatch)
}

// Release implements [transfer.Source].
func (m *moveSource) Release() error { return m.end(rollbackBatch) }

// end ends the transaction, and with it the lock.
func (m *moveSource) end(how string) error {
	if m.over {
		return nil
	}
	m.over = true
	defer func() { <-m.writer.leader }()
	ctx := context.Background() // a transaction must not be left open
	if _, err := m.writer.tx.exec(ctx, how); err != nil {
		_, _ = m.writer.tx.exec(ctx, rollbackBatch) // SQLite may have done so by itself
		return unavailable("let go of the database", err)
	}
	return nil
}
