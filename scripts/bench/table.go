package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// row is one line of the table.
type row struct {
	name         string
	measured     string  // of ours, with its unit
	against      string  // of what it is compared with
	ratio        float64 // ours over theirs
	limit, aim   float64 // of the ratio; zero: none, the row is there to be looked at
	lessIsBetter bool
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
	case r.limit == 0:
		return ""
	case reaches(r.aim):
		return "ok, aim reached"
	case reaches(r.limit):
		return "ok"
	}
	return "missed"
}

func report(out io.Writer, rows []row) error {
	_, err := fmt.Fprintf(out, "%s, %s/%s, %d processors; medians\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tmeasured\tagainst\tratio\tlimit\taim\t")
	for _, r := range rows {
		mark := func(value float64) string {
			if value == 0 {
				return "–"
			}
			return fmt.Sprintf("%.2f", value)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%s\t%s\t%s\n", r.name, r.measured, r.against, r.ratio, mark(r.limit), mark(r.aim), r.verdict())
	}
	return w.Flush() // which has the errors of all the lines
}
