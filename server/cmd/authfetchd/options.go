package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// options is a flag set whose flags can also be given in the environment: --addr
// as AUTHFETCH_ADDR. Flags beat the environment, and an empty variable counts as
// none.
type options struct {
	*flag.FlagSet
	command  string
	synopsis string
}

func newOptions(command, synopsis string) *options {
	o := &options{FlagSet: flag.NewFlagSet(command, flag.ContinueOnError), command: command, synopsis: synopsis}
	o.SetOutput(io.Discard) // report prints errors, and parse the help
	return o
}

// parse reads the arguments and the environment. It returns flag.ErrHelp after
// it has printed the help, and a usageError for whatever is wrong.
func (o *options) parse(args []string, getenv func(string) string, out io.Writer) error {
	err := o.FlagSet.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		if err := o.printHelp(out); err != nil {
			return err
		}
		return flag.ErrHelp
	}
	if err != nil {
		return o.wrong(spelled(err))
	}
	given := make(map[string]bool)
	o.Visit(func(f *flag.Flag) { given[f.Name] = true })
	o.VisitAll(func(f *flag.Flag) {
		value := getenv(variable(f.Name))
		if err != nil || value == "" || given[f.Name] {
			return
		}
		if setErr := o.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("invalid value %q in %s: %w", value, variable(f.Name), setErr)
		}
	})
	if err != nil {
		return o.wrong(spelled(err))
	}
	return nil
}

// spelled says what package flag says in our spelling: it writes -addr where
// everybody writes --addr, and "parse error" for a switch that is not one.
func spelled(err error) error {
	return errors.New(strings.NewReplacer(
		`" for flag -`, `" for flag --`, `" for -`, `" for --`, "not defined: -", "not defined: --",
		"argument: -", "argument: --", ": parse error", ": want true or false",
	).Replace(err.Error()))
}

// wrong is a mistake in the command line of this command.
func (o *options) wrong(err error) error { return &usageError{command: o.command, err: err} }

// noArguments refuses what stands behind the options.
func (o *options) noArguments() error {
	if o.NArg() > 0 {
		return o.wrong(fmt.Errorf("unexpected argument %q", o.Arg(0)))
	}
	return nil
}

// variable is the environment variable of a flag.
func variable(name string) string {
	return "AUTHFETCH_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func (o *options) printHelp(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: authfetchd %s\n", o.synopsis)
	heading := "\nOptions, with the environment variable that does the same:\n"
	o.VisitAll(func(f *flag.Flag) {
		b.WriteString(heading)
		heading = ""
		kind, usage := flag.UnquoteUsage(f)
		name := "--" + f.Name
		if kind != "" {
			name += " " + kind
		}
		if f.DefValue != "" && f.DefValue != "false" {
			usage += fmt.Sprintf(" (default %s)", strings.ToLower(f.DefValue))
		}
		fmt.Fprintf(&b, "  %-24s %s\n  %-24s %s\n", name, variable(f.Name), "", usage)
	})
	_, err := io.WriteString(w, b.String())
	return err
}
