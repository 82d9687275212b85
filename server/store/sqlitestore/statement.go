package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// prepared runs statements and keeps each of them prepared: SQLite would spend
// more time on reading most of ours than on what they do. It is safe for
// concurrent use over a pool, which has enough connections for that.
//
// A context that has ended keeps a statement from beginning, and interrupts none.
// To watch it, the driver would start a goroutine for each of them, which takes
// longer than most do; and of a transaction that is interrupted in a write, SQLite
// undoes all.
type prepared struct {
	source preparer

	mu   sync.Mutex
	kept map[string]*sql.Stmt // by text; there are as many as in query.go
}

// preparer is a *sql.DB, or the *sql.Conn of a transaction.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// scanner is a row, alone or among others.
type scanner interface{ Scan(into ...any) error }

func newPrepared(source preparer) *prepared {
	return &prepared{source: source, kept: make(map[string]*sql.Stmt)}
}

// exec runs a statement that yields no rows, and returns how many it changed.
func (p *prepared) exec(ctx context.Context, text string, args ...any) (int, error) {
	statement, err := p.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	return int(changed), err
}

// query runs a statement that yields rows. In a transaction, read them to the end
// before the same statement runs again.
func (p *prepared) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	statement, err := p.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(context.WithoutCancel(ctx), args...)
}

// row runs a statement that yields one row. Scan returns sql.ErrNoRows where
// there is none.
func (p *prepared) row(ctx context.Context, text string, args ...any) scanner {
	statement, err := p.statement(ctx, text)
	if err != nil {
		return failedRow{err}
	}
	return statement.QueryRowContext(context.WithoutCancel(ctx), args...)
}

// close makes the statements unusable; what has begun ends first.
func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, statement := range p.kept {
		errs = append(errs, statement.Close())
	}
	return errors.Join(errs...)
}

// statement is the text, prepared. It fails where the context has ended.
func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if statement, found := p.kept[text]; found {
		return statement, nil
	}
	statement, err := p.source.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.kept[text] = statement
	return statement, nil
}

// failedRow is a row that could not even be asked for.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }
