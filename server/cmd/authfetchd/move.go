package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/authfetch/authfetch/server/internal/transfer"
	"github.com/authfetch/authfetch/server/rotation"
)

// movable is a database whose content can be moved into another one.
type movable interface {
	// MoveFrom keeps everybody else from writing, until the source is released.
	MoveFrom(ctx context.Context) (transfer.Source, error)
	MoveTo() transfer.Target
}

// move is a move from one database into another.
type move struct{ from, to place }

// flags adds the flags of a move to a command, with the checks of what they say.
func (m *move) flags(o *options) {
	var from, to string
	o.Var(hidden{&from}, "from", "`source`: what to move, a data directory or the postgres:// URL of a database; its password is best in ~/.pgpass or in PGPASSWORD")
	o.Var(hidden{&to}, "to", "`target`: where to move it, likewise; made where there is none")
	o.once = append(o.once, "from", "to")
	o.checks = append(o.checks, func() error {
		if !given(o, "from") && !given(o, "to") {
			return nil
		}
		switch {
		case from == "" || to == "":
			return errors.New("--from and --to go together; each takes a data directory or a postgres:// URL")
		case o.typed["data"] || o.typed["database"]:
			return errors.New("--from and --to name the databases, so leave --data and --database out")
		}
		var err error
		if m.from, err = parseSide(from); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		if m.to, err = parseSide(to); err != nil {
			return fmt.Errorf("--to: %w", err)
		}
		if m.from.same(m.to) {
			return errors.New("--from and --to are the same database")
		}
		return nil
	})
}

// wanted tells whether a move was asked for.
func (m *move) wanted() bool { return m.from != place{} }

// run makes the move, or says what it would do.
func (m *move) run(ctx context.Context, dry bool, sys system) error {
	none, err := m.from.blank(ctx)
	switch {
	case err != nil:
		return err
	case none:
		return fmt.Errorf("there is no database in %s; name what is to be moved with --from", m.from.side())
	case dry:
		return m.look(ctx, sys)
	}
	begun := sys.clock()
	progress := newProgressLine(sys)
	report, err := m.make(ctx, progress.show)
	progress.end()
	if len(report.Tables) > 0 {
		err = errors.Join(printComparison(sys, report.Tables), err)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("stopped before the end; the same command goes on from there: %w", ctx.Err())
	case err != nil:
		return err
	case report.Done:
		_, err = fmt.Fprintf(sys.out, "%s was moved to %s before, and goes on there; nothing was done\n", m.from.side(), m.to.side())
		return err
	}
	_, err = fmt.Fprintf(sys.out, "\nmoved %s to %s: %d rows in %s, %d of them written\n%s\n", m.from.side(), m.to.side(),
		report.Rows(), sys.clock().Sub(begun).Round(10*time.Millisecond), report.Written, m.next())
	return err
}

// make holds the source, and fills the target. The error says where the same command
// helps.
func (m *move) make(ctx context.Context, progress func(transfer.Progress)) (report transfer.Report, err error) {
	from, err := m.from.engine().open(ctx)
	if err != nil {
		return transfer.Report{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	source, err := from.MoveFrom(ctx)
	if err != nil {
		return transfer.Report{}, err
	}
	defer func() { err = errors.Join(err, source.Release()) }()
	if m.to.url == "" {
		if err := makeDir(m.to.dir); err != nil {
			return transfer.Report{}, err
		}
	}
	to, err := m.to.engine().open(ctx)
	if err != nil {
		return transfer.Report{}, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	report, err = transfer.Move(ctx, source, to.MoveTo(), transfer.Plan{From: m.from.side(), To: m.to.side(), Progress: progress})
	if errors.Is(err, rotation.ErrUnavailable) || errors.Is(err, transfer.ErrDiffers) {
		err = fmt.Errorf("%w; the same command goes on from there", err)
	}
	return report, err
}

// next is what is to be done with the target.
func (m *move) next() string {
	file := m.from.defaultSecret()
	if m.from.url != "" {
		file = "the secret file that they have had"
	}
	if m.to.url != "" {
		return fmt.Sprintf("start the servers with: authfetchd serve %s --secret-file %s", m.to.options(), file)
	}
	start := fmt.Sprintf("start the server with: authfetchd serve %s", m.to.options())
	if _, err := os.Stat(m.to.defaultSecret()); err == nil {
		return start
	}
	return fmt.Sprintf("copy %s to %s, and %s", file, m.to.defaultSecret(), start)
}
