package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// group is a command that has commands of its own, such as "user add".
type group struct {
	name     string
	about    string // as in options
	commands []command
}

// run does what the first argument says.
func (g group) run(ctx context.Context, args []string, sys system) error {
	if len(args) == 0 {
		return &usageError{command: g.name, err: fmt.Errorf("say what to do with %ss", g.name)}
	}
	switch args[0] {
	case "-h", "-help", "--help":
		return g.help(sys)
	}
	for _, c := range g.commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], sys)
		}
	}
	return &usageError{command: g.name, err: fmt.Errorf("unknown command %q", g.name+" "+args[0])}
}

func (g group) help(sys system) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: authfetchd %s COMMAND [options] [arguments]\n\n%s\n\nCommands:\n", g.name, strings.TrimSpace(g.about))
	writeCommands(&b, g.commands)
	fmt.Fprintf(&b, "\nRun \"authfetchd help %s COMMAND\" for the options of one.\n", g.name)
	_, err := io.WriteString(sys.out, b.String())
	return err
}
