package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	addr string        // the attacker's; the rooms have the ports after it
	ttl  time.Duration // life of an access token: short, so that one sees its end
}

func parse(args []string, getenv func(string) string, stdout io.Writer) (options, error) {
	o := options{addr: cmp.Or(getenv("XSSLAB_ADDR"), "localhost:8888")}
	flags := flag.NewFlagSet("xsslab", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&o.addr, "addr", o.addr, "`host:port` of the attacker, a loopback address; the rooms take the ports after it (XSSLAB_ADDR)")
	flags.DurationVar(&o.ttl, "access-ttl", time.Minute, "life of an access token")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.ttl < 4*time.Second {
		return o, errors.New("--access-ttl is too short to watch anything: use 4s or more")
	}
	return o, nil
}

// run serves the lab until the context ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) (err error) {
	o, err := parse(args, getenv, stdout)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "xsslab")
	if err != nil {
		return fmt.Errorf("making a directory for the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := open(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if _, err := io.WriteString(stdout, l.announcement()); err != nil {
		return err
	}
	return l.serve(ctx)
}

// announcement says where to look.
func (l *lab) announcement() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The XSS lab is at %s\n\nIts rooms, should you want one without the attacker around it:\n", l.desk.origin)
	for _, room := range l.rooms {
		fmt.Fprintf(&b, "  %s  %s\n", room.url, room.Title)
	}
	return b.String()
}

// site is one origin: what listens, and what answers.
type site struct {
	listener net.Listener
	handler  http.Handler
}

// serve serves all sites until the context ends, or one of them fails.
func (l *lab) serve(ctx context.Context) error {
	failed := make(chan error, len(l.sites))
	for _, s := range l.sites {
		srv := &http.Server{
			Handler: loopbackOnly(s.handler), ReadHeaderTimeout: 5 * time.Second,
			MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return ctx },
		}
		defer func() { _ = srv.Close() }() // nobody is left who would wait for an answer
		go func() { failed <- srv.Serve(s.listener) }()
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		return nil
	}
}
