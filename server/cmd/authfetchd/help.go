package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns is the width of a terminal that nobody has made wider.
const columns = 80

// help prints the help of a command, or of the program.
func help(ctx context.Context, args []string, sys system) error {
	if len(args) > 2 { // no command has more words than two, as "user add"
		return &usageError{err: fmt.Errorf("unexpected argument %q", args[2])}
	}
	if len(args) > 0 && args[0] != "help" {
		return run(ctx, append(args, "--help"), sys)
	}
	var b strings.Builder
	b.WriteString("authfetchd signs users in and keeps their sessions.\n\nCommands:\n")
	writeCommands(&b, commands())
	b.WriteString(`
Run "authfetchd help COMMAND" for what it does and for its options. Options can
be set in the environment too: --data as AUTHFETCH_DATA.

To try it out:

  authfetchd serve --demo

Exit codes: 0 after a clean end, 1 if something failed, 2 if the command line or
the environment is wrong; then nothing was done.
`)
	_, err := io.WriteString(sys.out, b.String())
	return err
}

// writeCommands lists commands, their summaries one below the other.
func writeCommands(b *strings.Builder, commands []command) {
	width := 0
	for _, c := range commands {
		width = max(width, len(c.usage()))
	}
	for _, c := range commands {
		lines := wrap(strings.Fields(c.summary), columns-width-4)
		fmt.Fprintf(b, "  %-*s  %s\n", width, c.usage(), lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(b, "  %-*s  %s\n", width, "", line)
		}
	}
}

func (o *options) printHelp(w io.Writer) error {
	o.section("Options") // whatever has no other place
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: authfetchd %s\n", o.synopsis)
	if o.about != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(o.about))
	}
	for _, s := range o.sections {
		fmt.Fprintf(&b, "\n%s:\n", s.title)
		for _, name := range s.names {
			o.writeFlag(&b, o.Lookup(name))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFlag has the flag on the left, its variable on the right, and below them
// what it means. A usage text that begins with "`file`: " has the word before the
// colon beside the flag alone.
func (o *options) writeFlag(b *strings.Builder, f *flag.Flag) {
	kind, usage := flag.UnquoteUsage(f)
	if value, ok := f.Value.(interface{ kind() string }); ok {
		kind = value.kind()
	}
	name := "  --" + f.Name
	if kind != "" {
		name += " " + kind
	}
	words := strings.Fields(strings.TrimPrefix(usage, kind+": "))
	if f.DefValue != "" && f.DefValue != "false" {
		words = append(words, fmt.Sprintf("(default %s)", strings.ToLower(f.DefValue)))
	}
	if slices.Contains(o.once, f.Name) {
		fmt.Fprintf(b, "%s\n", name)
	} else {
		fmt.Fprintf(b, "%s%*s\n", name, columns-len(name), variable(f.Name))
	}
	for _, line := range wrap(words, columns-6) {
		fmt.Fprintf(b, "      %s\n", line)
	}
}

// wrap puts words into lines, at least one.
func wrap(words []string, width int) []string {
	lines := []string{""}
	for _, word := range words {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
