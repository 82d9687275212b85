package main

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// What the tests of package main_test start.

// System is what a test puts around the program.
type System struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
	Now      func() time.Time // nil: time.Now
}

// Run is run.
func Run(ctx context.Context, args []string, sys System) error {
	return run(ctx, args, system{in: sys.In, out: sys.Out, err: sys.Err, environ: sys.Environ, now: sys.Now})
}

// Report is report.
func Report(w io.Writer, err error) int { return report(w, err) }

// NewLogger is newLogger.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger { return newLogger(w, level, formatText) }

// DevCertificate is devCertificate.
func DevCertificate(dir string, now time.Time) (tls.Certificate, error) {
	return devCertificate(dir, now)
}

// ServeOn is serveOn with a drain of that patience.
func ServeOn(ctx context.Context, l net.Listener, handler http.Handler, patience time.Duration, log *slog.Logger) error {
	leaving := newDrain(patience)
	return serveOn(ctx, l, newServer(leaving.wrap(handler), nil, log), leaving, log)
}

// NewServer is newServer, without TLS.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return newServer(handler, nil, log)
}

// Progress is what a progressLine on a terminal, or on none, writes of a move.
func Progress(w io.Writer, terminal bool, now func() time.Time) (show func(transfer.Progress), end func()) {
	l := newProgressLine(system{err: w, now: now})
	l.terminal = terminal
	return l.show, l.end
}
