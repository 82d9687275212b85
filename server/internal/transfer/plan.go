package transfer

import (
	"context"
	"fmt"
)

// Plan is a move that is to be made.
type Plan struct {
	From, To string // what the two sides are called in marks and errors, without passwords
	Page     int    // how many rows are read and written at once; 0: 4096
	// Progress is told after every page; nil: nobody is.
	Progress func(Progress)
}

// page is how many rows are read and written at once: enough that the commits take
// little of the time, and few enough that they need little memory.
func (p Plan) page() int {
	if p.Page > 0 {
		return p.Page
	}
	return 4096
}

// Outlook is what a move would do.
type Outlook struct {
	Done   bool // it was made already, and the target is in use
	Tables []Census
}

// Census is how many rows a table has on both sides.
type Census struct {
	Table          string
	Source, Target int64
}

// Look tells what Move would do with these databases, and refuses what it would
// refuse, with its errors. It changes nothing.
func Look(ctx context.Context, source, target Reader, plan Plan) (Outlook, error) {
	outlook := Outlook{}
	for _, table := range Tables() {
		c := Census{Table: table.Name}
		var err error
		if c.Source, err = source.Count(ctx, table, table.All); err != nil {
			return Outlook{}, err
		}
		if c.Target, err = target.Count(ctx, table, table.All); err != nil {
			return Outlook{}, err
		}
		outlook.Tables = append(outlook.Tables, c)
	}
	done, err := plan.check(ctx, source, target, outlook)
	if err != nil {
		return Outlook{}, err
	}
	outlook.Done = done
	return outlook, nil
}

// check tells whether the move was made before, and refuses one that would lose
// something.
func (p Plan) check(ctx context.Context, source, target Reader, found Outlook) (done bool, err error) {
	from, err := readMarks(ctx, source)
	if err != nil {
		return false, err
	}
	to, err := readMarks(ctx, target)
	if err != nil {
		return false, err
	}
	switch {
	case from.filling != "":
		return false, Check(ctx, source, p.From)
	case from.moved != "" && from.moved != p.To:
		return false, Check(ctx, source, p.From)
	case to.filling == p.From:
		return false, nil // and on it goes
	case to.filling != "":
		return false, fmt.Errorf("%w: %s is being filled from %s; finish that with \"%s\", or make an empty database", ErrTaken, p.To, to.filling, Command(to.filling, p.To))
	case to.moved == p.From:
		return false, nil // and back it goes
	case to.moved != "":
		return false, fmt.Errorf("%w: what was in %s goes on in %s; \"%s\" moves that back, or make an empty database", ErrTaken, p.To, to.moved, Command(to.moved, p.To))
	case found.inUse() && from.moved != "":
		return true, nil
	}
	return false, p.checkUnmarked(ctx, source, target, found)
}

// checkUnmarked wants a target that no move has marked to be empty, but for what a
// server makes at its first start, or else to be equal to the source.
func (p Plan) checkUnmarked(ctx context.Context, source, target Reader, found Outlook) error {
	own, err := source.Fact(ctx, secretCheck)
	if err != nil {
		return err
	}
	theirs, err := target.Fact(ctx, secretCheck)
	if err != nil {
		return err
	}
	if theirs != "" && theirs != own {
		return fmt.Errorf("%w: %s belongs to another server secret than %s; make an empty database", ErrTaken, p.To, p.From)
	}
	if !found.inUse() {
		return nil
	}
	for _, table := range Tables() {
		c, err := compare(ctx, source, target, table, p.page(), func(int) {})
		if err != nil {
			return err
		}
		if !c.Equal() {
			return fmt.Errorf("%w: %s has users or sessions that did not come from %s (%s differ); make an empty database", ErrTaken, p.To, p.From, c.Table)
		}
	}
	return nil
}

// secretCheck is the fact that ties a database to its server secret, as in package
// ownership of the stores.
const secretCheck = "secret_check"

// inUse tells whether the target has what no server makes by itself.
func (o Outlook) inUse() bool {
	for _, c := range o.Tables {
		if (c.Table == "users" || c.Table == "sessions") && c.Target > 0 {
			return true
		}
	}
	return false
}
