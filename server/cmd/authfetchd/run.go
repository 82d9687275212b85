package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// Exit codes.
const (
	exitOK      = 0 // after a clean stop
	exitFailure = 1
	exitUsage   = 2 // nothing was done, because the command line is wrong
)

// usageError is a mistake in the command line or the environment.
type usageError struct {
	command string // whose help has more
	err     error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nRun \"%s\" for help.", e.err, strings.TrimSpace("authfetchd help "+e.command))
}

func (e *usageError) Unwrap() error { return e.err }

// command is one of the things that the program does.
type command struct {
	name      string
	arguments string // for the help; empty: there are none
	summary   string
	run       func(ctx context.Context, args []string, sys system) error
}

// usage is what to type.
func (c command) usage() string { return strings.TrimSpace(c.name + " " + c.arguments) }

func commands() []command {
	return []command{
		{name: "serve", summary: "run the server", run: serve},
		{name: "user", summary: "add, disable, enable and list users, set passwords", run: users().run},
		{name: "session", summary: "list sessions, end them", run: sessions().run},
		{name: "key", summary: "list, rotate and revoke the keys that sign access tokens", run: keys().run},
		{name: "secret", summary: "replace the server secret without signing anybody out", run: secrets().run},
		{name: "migrate", summary: "bring the tables of a database up to date, or move it", run: migrate},
		{name: "version", summary: "print the version", run: version},
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, sys system) error {
	name, rest := "", []string(nil)
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	switch name {
	case "":
		return &usageError{err: errors.New("no command given")}
	case "help", "-h", "-help", "--help":
		return help(ctx, rest, sys)
	case "-version", "--version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			err := c.run(ctx, rest, sys)
			if errors.Is(err, flag.ErrHelp) {
				return nil // it has been printed
			}
			return err
		}
	}
	return &usageError{err: fmt.Errorf("unknown command %q", name)}
}

// report tells the user what went wrong and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	// Whoever cannot write to the standard error has the exit code.
	_, _ = fmt.Fprintf(w, "authfetchd: %s\n", redactPasswords(err.Error()))
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}
