// Command bench measures how fast server and client are: each figure beside the
// plain thing that it is made of, in turns, in one run, because machines differ
// and ratios do not. It tells nothing about the network, or about a slow disk.
//
//	go run -C scripts/bench .
//
// A limit that is missed is shown, and no failure: a machine that is busy with
// something else must not break a build.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// subject is something that is measured, in a directory of its own.
type subject struct {
	name    string
	measure func(ctx context.Context, b *bench) error
}

func subjects() []subject {
	return []subject{
		{"refresh", on(sqlite, measureRefresh)},
		{"refresh-postgres", on(postgres, measureRefresh)},
		{"protect", measureProtect},
		{"proof", measureProof},
		{"crowd", on(sqlite, measureCrowd)},
		{"crowd-postgres", on(postgres, measureCrowd)},
		{"capacity", measureCapacity},
		{"login", measureLogin},
		{"client", measureClient},
	}
}

// bench is one run.
type bench struct {
	dir      string         // for the databases of the subject
	postgres *pgtest.Server // that of the subject; nil: it has not asked for any
	closers  []func() error // of what the subject has opened
	progress io.Writer      // says what is being done
	findings                // what has been found
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "bench: "+format+"\n", args...)
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var names []string
	for _, s := range subjects() {
		names = append(names, s.name)
	}
	only := flags.String("only", "", "measure one `subject`: "+strings.Join(names, ", "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &bench{progress: progress}
	b.say("%s on %s/%s, %d processors; about ten minutes", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	found := false
	for _, s := range subjects() {
		if *only != "" && *only != s.name {
			continue
		}
		found = true
		if err := b.measure(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if !found {
		return fmt.Errorf("there is no subject %q", *only)
	}
	return b.report(out)
}

func (b *bench) measure(ctx context.Context, s subject) (err error) {
	if b.dir, err = os.MkdirTemp("", "authfetch-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	defer func() { err = errors.Join(err, b.close()) }()
	err = s.measure(ctx, b)
	if errors.Is(err, pgtest.ErrMissing) {
		b.note("%s is left out: %v.", s.name, err)
		return nil
	}
	return err
}

// atEnd closes something when the subject has been measured.
func (b *bench) atEnd(closer func() error) { b.closers = append(b.closers, closer) }

// close closes what was opened, the last first.
func (b *bench) close() (err error) {
	for _, closer := range slices.Backward(b.closers) {
		err = errors.Join(err, closer())
	}
	b.closers, b.postgres = nil, nil
	return err
}

// by says how many clients there were.
func by(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}
