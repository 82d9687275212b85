// Command authfetchd is the companion server as a program: it signs users in,
// keeps their sessions in a SQLite file, and serves the page side.
//
//	authfetchd serve --demo
//	authfetchd user add --data DIR ada@example.com < password.txt
//
// An Echo or net/http application that wants the same inside itself imports
// package server instead.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once, in the usual way.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], system{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()})
	os.Exit(report(os.Stderr, err))
}
