package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// options is a flag set whose flags can also be given in the environment: --addr
// as AUTHFETCH_ADDR. Flags beat the environment, and an empty variable counts as
// none. What is meant for one call, such as --all, is not read from there: who
// once set a variable would be surprised by it later.
type options struct {
	*flag.FlagSet
	command  string
	synopsis string
	about    string // what the command does, with an example; lines of at most 80 columns
	sections []section
	once     []string        // flags of this call alone, which no variable sets
	typed    map[string]bool // flags of the command line, once it was read
	checks   []func() error  // of values that no error may show, once all are known
}

// section is a group of options in the help.
type section struct {
	title string
	names []string
}

func newOptions(command, synopsis, about string) *options {
	o := &options{FlagSet: flag.NewFlagSet(command, flag.ContinueOnError), command: command, synopsis: synopsis, about: about}
	o.SetOutput(io.Discard) // report prints errors, and parse the help
	return o
}

// section puts the flags that were defined since the last one under a title.
func (o *options) section(title string) {
	s := section{title: title}
	o.VisitAll(func(f *flag.Flag) {
		if !o.placed(f.Name) {
			s.names = append(s.names, f.Name)
		}
	})
	if len(s.names) > 0 {
		o.sections = append(o.sections, s)
	}
}

func (o *options) placed(name string) bool {
	return slices.ContainsFunc(o.sections, func(s section) bool { return slices.Contains(s.names, name) })
}

// parse reads the arguments and the environment. It returns flag.ErrHelp after
// it has printed the help, and a usageError for whatever is wrong.
func (o *options) parse(args []string, sys system) error {
	err := o.FlagSet.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		if err := o.printHelp(sys.out); err != nil {
			return err
		}
		return flag.ErrHelp
	}
	if err == nil {
		err = o.parseEnvironment(sys)
	}
	if err != nil {
		return o.wrong(spelled(err))
	}
	for _, check := range o.checks {
		if err := check(); err != nil {
			return o.wrong(err)
		}
	}
	return nil
}

func (o *options) parseEnvironment(sys system) error {
	o.typed = make(map[string]bool)
	o.Visit(func(f *flag.Flag) { o.typed[f.Name] = true })
	err := o.misspelt(sys.environ)
	o.VisitAll(func(f *flag.Flag) {
		value := sys.getenv(variable(f.Name))
		if err != nil || value == "" || o.typed[f.Name] || slices.Contains(o.once, f.Name) {
			return
		}
		if setErr := o.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("invalid value %q in %s: %w", value, variable(f.Name), setErr)
		}
	})
	return err
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
