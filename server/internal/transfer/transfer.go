// Package transfer moves everything that a database of ours holds into another one,
// so that the sessions live on there. Both stores implement its two sides, and
// "authfetchd migrate" runs it; an application that changes databases runs that.
//
//	source, err := old.MoveFrom(ctx) // from here on, nobody else writes there
//	if err != nil {
//		return err
//	}
//	defer source.Release()
//	report, err := transfer.Move(ctx, source, new.MoveTo(), transfer.Plan{From: "data", To: "postgres://db.example.com/authfetch"})
//
// It walks each table in the order of its key and compares. What is equal is left
// alone, so that a move that was interrupted goes on where it stopped when it is begun
// again, also after the source has changed. At the end both sides are read once more,
// each for itself, and their checksums compared.
package transfer

import "context"

// Reader reads a database. The errors of all methods wrap rotation.ErrUnavailable.
type Reader interface {
	// Rows returns the first rows of a span, at most limit of them, in the bytewise
	// order of their keys.
	Rows(ctx context.Context, table Table, in Span, limit int) ([]Row, error)
	// Count is how many rows are in a span.
	Count(ctx context.Context, table Table, in Span) (int64, error)
	// Fact is the value of that name in the table meta, empty where there is none.
	Fact(ctx context.Context, name string) (string, error)
}

// Source is a database that is kept from changing: who else writes waits, and fails
// after some seconds. It is for one caller at a time.
type Source interface {
	Reader
	// Seal makes the mark that the database was moved there, refuses whatever a server
	// that still runs writes from then on, and does both in the step in which it lets
	// go of the database. There is nothing left to release then.
	Seal(ctx context.Context, to string) error
	// Release lets go of the database, which is as it was. It does nothing when it is
	// called again.
	Release() error
}

// Target is the database that is filled.
type Target interface {
	Reader
	// Begin makes the mark that the database is being filled from there, takes away
	// the one of Seal, and lets it be written again, in one transaction.
	Begin(ctx context.Context, from string) error
	// Replace puts rows in the place of those in the span, in one transaction. Where
	// one would be in the way of a unique column, that goes as well.
	Replace(ctx context.Context, table Table, in Span, rows []Row) error
	// Finish takes the mark of Begin away.
	Finish(ctx context.Context) error
}
