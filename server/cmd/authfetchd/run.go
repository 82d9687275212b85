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

// streams are the standard streams of the program.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

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
	name    string
	summary string
	run     func(ctx context.Context, args []string, getenv func(string) string, s streams) error
}

func commands() []command {
	return []command{
		{"serve", "run the server", serve},
		{"user", "add, disable, enable and list users, set passwords", user},
		{"version", "print the version", version},
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, getenv func(string) string, s streams) error {
	name, rest := "", []string(nil)
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	switch name {
	case "":
		return &usageError{err: errors.New("no command given")}
	case "help", "-h", "-help", "--help":
		return help(ctx, rest, getenv, s)
	case "-version", "--version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			err := c.run(ctx, rest, getenv, s)
			if errors.Is(err, flag.ErrHelp) {
				return nil // it has been printed
			}
			return err
		}
	}
	return &usageError{err: fmt.Errorf("unknown command %q", name)}
}

// help prints the help of a command, or of the program.
func help(ctx context.Context, args []string, getenv func(string) string, s streams) error {
	if len(args) > 0 && args[0] != "help" {
		return run(ctx, append(args, "--help"), getenv, s)
	}
	var b strings.Builder
	b.WriteString("authfetchd signs users in and keeps their sessions.\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.summary)
	}
	b.WriteString("\nRun \"authfetchd help COMMAND\" for the options of one. To try it out:\n\n  authfetchd serve --demo\n")
	_, err := io.WriteString(s.out, b.String())
	return err
}

// report tells the user what went wrong and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	// Whoever cannot write to the standard error has the exit code.
	_, _ = fmt.Fprintf(w, "authfetchd: %v\n", err)
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}
