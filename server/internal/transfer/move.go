package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// Report is what was done.
type Report struct {
	Done    bool  // before, and nothing was to be done any more
	Written int64 // rows that were not in the target yet, or not so
	Tables  []Comparison
}

// Rows is how many there are in all tables.
func (r Report) Rows() (rows int64) {
	for _, c := range r.Tables {
		rows += c.Source.Rows
	}
	return rows
}

// lastSteps is how long the two marks at the end may take, also where somebody has
// lost patience meanwhile: between them, neither database can be used.
const lastSteps = 30 * time.Second

// Move makes the target hold what the source holds, verifies that, and marks the
// source as moved. Until it returns without an error, the target is marked as not
// complete; the same call then goes on where it stopped. The report has the sums of
// both sides also where they differ. The error wraps ErrTaken, ErrIncomplete, ErrMoved,
// ErrDiffers or rotation.ErrUnavailable, or is that of the context.
func Move(ctx context.Context, source Source, target Target, plan Plan) (Report, error) {
	outlook, err := Look(ctx, source, target, plan)
	if err != nil || outlook.Done {
		return Report{Done: outlook.Done}, err
	}
	if err := target.Begin(ctx, plan.From); err != nil {
		return Report{}, err
	}
	m := mover{source, target, plan.page(), newTracker(outlook.rows(), plan.Progress)}
	if err := m.fill(ctx); err != nil {
		return Report{Written: m.track.Written}, err
	}
	report, err := m.verify(ctx)
	if err != nil {
		return report, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSteps)
	defer cancel()
	// In this order there is no moment at which a server would start on both.
	if err := source.Seal(ctx, plan.To); err != nil {
		return report, err
	}
	return report, target.Finish(ctx)
}

func (o Outlook) rows() (rows int64) {
	for _, c := range o.Tables {
		rows += c.Source
	}
	return rows
}

// mover is a move under way.
type mover struct {
	source Source
	target Target
	page   int
	track  *tracker
}

// fill makes all tables equal.
func (m mover) fill(ctx context.Context) error {
	m.track.begin(Copying)
	for _, table := range Tables() {
		if err := m.fillTable(ctx, table); err != nil {
			return fmt.Errorf("copy %s: %w", table.Name, err)
		}
	}
	return nil
}

// fillTable walks a table of the source, page by page. The span of a page reaches from
// its last row back to that of the page before, so that rows which only the target has
// are in some span too.
func (m mover) fillTable(ctx context.Context, table Table) error {
	rest := table.All
	for more := true; more; {
		rows, err := m.source.Rows(ctx, table, rest, m.page)
		if err != nil {
			return err
		}
		in := rest
		if more = len(rows) == m.page; more {
			in.Until = rows[len(rows)-1][0]
		}
		if err := m.fillSpan(ctx, table, in, rows); err != nil {
			return err
		}
		rest.After = in.Until
		m.track.read(table.Name, len(rows))
	}
	return nil
}

// fillSpan makes a part of a table equal, unless it is.
func (m mover) fillSpan(ctx context.Context, table Table, in Span, rows []Row) error {
	there, err := m.target.Rows(ctx, table, in, len(rows)+1) // one more is enough to know
	if err != nil {
		return err
	}
	if bytes.Equal(encode(nil, there), encode(nil, rows)) {
		return nil
	}
	if err := m.target.Replace(ctx, table, in, rows); err != nil {
		return err
	}
	m.track.Written += int64(len(rows))
	return nil
}

// verify reads both sides anew.
func (m mover) verify(ctx context.Context) (Report, error) {
	m.track.begin(Verifying)
	report := Report{Written: m.track.Written}
	var differ []error
	for _, table := range Tables() {
		c, err := compare(ctx, m.source, m.target, table, m.page, func(rows int) { m.track.read(table.Name, rows) })
		if err != nil {
			return report, fmt.Errorf("verify %s: %w", table.Name, err)
		}
		report.Tables = append(report.Tables, c)
		if !c.Equal() {
			differ = append(differ, fmt.Errorf("%s has %d rows with checksum %.4x, and %d with %.4x after copying",
				c.Table, c.Source.Rows, c.Source.SHA256, c.Target.Rows, c.Target.SHA256))
		}
	}
	if len(differ) > 0 {
		return report, fmt.Errorf("%w: %w; does somebody else write there?", ErrDiffers, errors.Join(differ...))
	}
	return report, nil
}
