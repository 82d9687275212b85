package transfer

import (
	"context"
	"errors"
	"fmt"
)

// Names of the two facts in the table meta that say where a database is in a move.
// The value is the other side, without its password. An empty one is none.
const (
	// MarkFilling: this database is being filled from there, and is not complete.
	MarkFilling = "move_from"
	// MarkMoved: what this database holds was moved there, and goes on there.
	MarkMoved = "move_to"
)

// Errors of Check and Move, to be told apart with errors.Is. Their texts say what to
// do.
var (
	// ErrIncomplete: the database is being filled, or was, and the move was interrupted.
	ErrIncomplete = errors.New("database is not complete")
	// ErrMoved: the database was moved to another place.
	ErrMoved = errors.New("database was moved")
	// ErrTaken: the target holds something else already.
	ErrTaken = errors.New("database to be filled has data of its own")
	// ErrDiffers: the two sides are not equal after all.
	ErrDiffers = errors.New("the two databases differ")
)

// Command is what makes, or goes on with, a move.
func Command(from, to string) string {
	return fmt.Sprintf("authfetchd migrate --from %s --to %s", from, to)
}

// Check refuses a database that nothing but a move must be done with: one that is not
// complete, or that was moved, for there the sessions would part ways. Own is what the
// database is called. The error wraps ErrIncomplete, ErrMoved or
// rotation.ErrUnavailable.
func Check(ctx context.Context, db Reader, own string) error {
	marks, err := readMarks(ctx, db)
	switch {
	case err != nil:
		return err
	case marks.filling != "":
		return fmt.Errorf("%w: %s is being filled; finish that with \"%s\"", ErrIncomplete, own, Command(marks.filling, own))
	case marks.moved != "":
		return fmt.Errorf("%w: what was in %s goes on in %s, so name that; \"%s\" moves it back", ErrMoved, own, marks.moved, Command(marks.moved, own))
	}
	return nil
}

// marks are those of a database.
type marks struct{ filling, moved string }

func readMarks(ctx context.Context, db Reader) (m marks, err error) {
	if m.filling, err = db.Fact(ctx, MarkFilling); err != nil {
		return marks{}, err
	}
	m.moved, err = db.Fact(ctx, MarkMoved)
	return m, err
}
