package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// look says what a move would do, and changes nothing, so that the source goes on.
func (m *move) look(ctx context.Context, sys system) error {
	from, closeFrom, err := reader(ctx, m.from)
	if err != nil {
		return err
	}
	defer closeFrom()
	to, closeTo, err := reader(ctx, m.to)
	if err != nil {
		return err
	}
	defer closeTo()
	outlook, err := transfer.Look(ctx, from, to, transfer.Plan{From: m.from.side(), To: m.to.side()})
	if err != nil {
		return err
	}
	if outlook.Done {
		_, err = fmt.Fprintf(sys.out, "%s was moved to %s before, and goes on there; nothing would be done\n", m.from.side(), m.to.side())
		return err
	}
	table := tabwriter.NewWriter(sys.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "TABLE\tROWS\tIN THE TARGET NOW") // Flush has the error
	for _, t := range outlook.Tables {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\n", t.Table, t.Source, t.Target)
	}
	_, _ = fmt.Fprintf(table, "\n%s would be moved to %s\n", m.from.side(), m.to.side())
	return table.Flush()
}

// reader opens a database to look at it. Opening one would bring its tables up to date,
// so those of an older version are left alone.
func reader(ctx context.Context, at place) (db transfer.Reader, done func(), err error) {
	none, err := at.blank(ctx)
	if err != nil || none {
		return transfer.Nothing{}, func() {}, err
	}
	found, err := at.engine().schema(ctx)
	if err != nil {
		return nil, nil, err
	}
	if found.current < found.latest {
		return nil, nil, fmt.Errorf("%s has schema %d, and would be brought to %d first; do so with \"authfetchd migrate %s\" to see more", at.side(), found.current, found.latest, at.options())
	}
	store, err := at.engine().open(ctx)
	if err != nil {
		return nil, nil, err
	}
	return store.MoveTo(), func() { _ = store.Close() }, nil // it was read only
}

// printComparison shows what the verification has found.
func printComparison(sys system, tables []transfer.Comparison) error {
	table := tabwriter.NewWriter(sys.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "TABLE\tROWS\tSHA-256\tEQUAL") // Flush has the error
	for _, t := range tables {
		equal := "yes"
		if !t.Equal() {
			equal = fmt.Sprintf("no: %d rows, %.6x", t.Target.Rows, t.Target.SHA256)
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%.6x\t%s\n", t.Table, t.Source.Rows, t.Source.SHA256, equal)
	}
	return table.Flush()
}
