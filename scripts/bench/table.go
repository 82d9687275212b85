package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
)

// findings are what a run has found.
type findings struct {
	rows      []row
	constants []constant
	notes     []string // sentences
}

// row is one line of the table.
type row struct {
	name         string
	measured     string  // of ours, with its unit
	against      string  // of what it is compared with
	ratio        float64 // ours over theirs
	limit, aim   float64 // of the ratio; zero: none, the row is there to be looked at
	lessIsBetter bool
	peers        []string // what was measured of peers; nil: it is a row of the server
	holds        string   // what keeps it from its limit, told where it is missed
}

// verdict tells how the ratio compares with what it has to be.
func (r row) verdict() string {
	reaches := func(mark float64) bool {
		if r.lessIsBetter {
			return r.ratio <= mark
		}
		return r.ratio >= mark
	}
	switch {
	case r.limit == 0 && r.aim == 0:
		return ""
	case r.aim != 0 && reaches(r.aim):
		return "ok, aim reached"
	case r.limit == 0:
		return "aim missed"
	case reaches(r.limit):
		return "ok"
	}
	return missed
}

const missed = "missed"

// constant is a figure that is compared with nothing.
type constant struct{ name, value string }

func (f *findings) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

func (f *findings) report(out io.Writer) error {
	_, err := fmt.Fprintf(out, "%s, %s/%s, %d processors; medians\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if err != nil {
		return err
	}
	var server, client []row
	for _, r := range f.rows {
		if r.peers == nil {
			server = append(server, r)
		} else {
			client = append(client, r)
		}
	}
	return errors.Join(table(out, server, nil), table(out, client, peers), list(out, f.constants), reasons(out, f.rows), say(out, f.notes))
}

// table shows rows of one kind, with columns for the peers at the end.
func table(out io.Writer, rows []row, peers []string) error {
	if len(rows) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")+"\t") }
	fmt.Fprintln(w)
	line(append([]string{"what", "measured", "against", "ratio", "limit", "aim", ""}, peers...)...)
	for _, r := range rows {
		mark := func(value float64) string {
			if value == 0 {
				return "–"
			}
			return fmt.Sprintf("%.2f", value)
		}
		line(append([]string{
			r.name, r.measured, r.against, fmt.Sprintf("%.2f", r.ratio), mark(r.limit), mark(r.aim), r.verdict(),
		}, r.peers...)...)
	}
	return w.Flush() // which has the errors of all the lines
}

// list shows constants.
func list(out io.Writer, constants []constant) error {
	if len(constants) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w)
	for _, c := range constants {
		fmt.Fprintf(w, "%s\t%s\n", c.name, c.value)
	}
	return w.Flush() // which has the errors of all the lines
}

// reasons names what is missed, with what holds it back.
func reasons(out io.Writer, rows []row) error {
	var errs []error
	for _, r := range rows {
		if r.verdict() == missed && r.holds != "" {
			_, err := fmt.Fprintf(out, "\n%s: %s.\n", r.name, r.holds)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func say(out io.Writer, notes []string) error {
	var errs []error
	for _, note := range notes {
		_, err := fmt.Fprintf(out, "\n%s\n", note)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
