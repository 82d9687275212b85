// Command xsslab is a place to be robbed in: a victim, whose page writes what is
// in its address into itself, and an attacker, who shows what arrives. Each room
// keeps the tokens in another place.
//
//	xsslab
//	xsslab --addr localhost:9000 --access-ttl 5m
//
// It is for one person, on the machine that it runs on: it listens on loopback
// addresses alone, and answers to their names alone. Nothing of it is in
// authfetchd or in the npm package.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once, in the usual way.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		// Whoever cannot write to the standard error has the exit code.
		_, _ = fmt.Fprintf(os.Stderr, "xsslab: %v\n", err)
		os.Exit(1)
	}
}
