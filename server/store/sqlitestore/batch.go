package sqlitestore

import (
	"context"
	"errors"
	"slices"
)

// maxBatch is how many writes share a commit at most, so that the first of them
// does not wait long for the last.
const maxBatch = 128

// Where a batch begins and ends, and each of several writes in it.
const (
	beginBatch    = "BEGIN IMMEDIATE" // locks at once, so that nothing read can be out of date
	commitBatch   = "COMMIT"
	rollbackBatch = "ROLLBACK"
	beginWrite    = "SAVEPOINT write"
	commitWrite   = "RELEASE write"
	rollbackWrite = "ROLLBACK TO write"
)

// batch is what is written in one transaction.
type batch []*write

// lasts tells whether the batch has to be on the disk when it is answered.
func (b batch) lasts() bool {
	return slices.ContainsFunc(b, func(w *write) bool { return !w.fleeting })
}

// write is one caller's part of a batch.
type write struct {
	ctx      context.Context // the caller's
	run      func(ctx context.Context, tx *prepared) error
	fleeting bool // a power failure may undo it

	err  error         // the answer, to be read when done is closed
	done chan struct{} // closed once
}

func (w *write) answered() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// abandon answers a caller who does not wait any more. Nothing was written.
func (w *write) abandon() {
	w.err = unavailable("wait for the turn to write", w.ctx.Err())
	close(w.done)
}

// finish answers everybody. Where the batch has failed, nothing of it was written,
// and what one of them has found in it is void too: it may be another one's work.
func (b batch) finish(err error) {
	for _, w := range b {
		if err != nil {
			w.err = err
		}
		close(w.done)
	}
}

// commit runs all writes and commits those that succeed. With an error, nothing
// is written.
func (b batch) commit(tx *prepared) error {
	ctx := context.Background() // SQLite rolls back a transaction that is interrupted, all of it
	if _, err := tx.exec(ctx, beginBatch); err != nil {
		return unavailable("begin", err)
	}
	committed := false
	defer func() {
		if !committed {
			_, _ = tx.exec(ctx, rollbackBatch) // SQLite may have done so by itself
		}
	}()
	if len(b) == 1 {
		// Alone, it needs no savepoint: nothing else would be undone.
		if b[0].err = b[0].run(ctx, tx); b[0].err != nil {
			return nil
		}
	} else if err := b.attempt(ctx, tx); err != nil {
		return unavailable("write", err)
	}
	if _, err := tx.exec(ctx, commitBatch); err != nil {
		return unavailable("commit", err)
	}
	committed = true
	return nil
}

// attempt runs each write and undoes it where it fails. It returns an error where
// the batch cannot go on: when the disk is full, say, SQLite gives up the
// transaction, and the savepoint is gone.
func (b batch) attempt(ctx context.Context, tx *prepared) error {
	for _, w := range b {
		if _, err := tx.exec(ctx, beginWrite); err != nil {
			return err
		}
		if w.err = w.run(ctx, tx); w.err != nil {
			if _, err := tx.exec(ctx, rollbackWrite); err != nil {
				return errors.Join(w.err, err)
			}
		}
		if _, err := tx.exec(ctx, commitWrite); err != nil {
			return err
		}
	}
	return nil
}
