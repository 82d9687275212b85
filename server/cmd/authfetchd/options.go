package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"
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
		// Package flag says -addr where everybody writes --addr.
		return o.wrong(errors.New(strings.Replace(err.Error(), " -", " --", 1)))
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
		return o.wrong(err)
	}
	return nil
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
	fmt.Fprintf(&b, "Usage: authfetchd %s\n\nOptions, with the environment variable that does the same:\n", o.synopsis)
	o.VisitAll(func(f *flag.Flag) {
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

// list is a flag that may be repeated. Commas separate, too, since a variable
// cannot be repeated.
type list[T any] struct {
	values *[]T
	parse  func(string) (T, error)
}

func (l list[T]) String() string { return "" }

func (l list[T]) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		value, err := l.parse(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		*l.values = append(*l.values, value)
	}
	return nil
}

// duration is a flag for a time that has to pass.
type duration struct{ value *time.Duration }

func (d duration) String() string {
	if d.value == nil {
		return "" // package flag asks a zero value for its default
	}
	return shortDuration(*d.value)
}

// shortDuration is 5m where time.Duration says 5m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (d duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a duration such as 90s, 5m or 720h")
	}
	if value < time.Second {
		return errors.New("want a second or more")
	}
	*d.value = value
	return nil
}

// parsePrefix reads an address or a CIDR.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("want an address such as 10.0.0.7 or a range such as 10.0.0.0/8")
	}
	return prefix.Masked(), nil
}
