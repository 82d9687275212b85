package main

import (
	"context"
	"io"
	"log/slog"
)

// What the tests of package main_test start.

// Run is run.
func Run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, err io.Writer) error {
	return run(ctx, args, getenv, streams{in: in, out: out, err: err})
}

// Report is report.
func Report(w io.Writer, err error) int { return report(w, err) }

// NewLogger is newLogger.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger { return newLogger(w, level) }
