package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/token"
)

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

// kind is what the help calls the value.
func (d duration) kind() string { return "duration" }

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

// duration adds such a flag.
func (o *options) duration(value *time.Duration, name string, initial time.Duration, usage string) {
	*value = initial
	o.Var(duration{value}, name, usage)
}

// past is a flag for a time that has come.
type past struct {
	value *time.Time
	clock func() time.Time
}

func (p past) String() string { return "" }

func (p past) Set(text string) error {
	value, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("want a time such as 2026-05-01T12:00:00Z")
	}
	if now := p.clock(); value.After(now) {
		return fmt.Errorf("that is ahead of the clock, which says %s", now.UTC().Format(time.RFC3339))
	}
	*p.value = value
	return nil
}

// text is a flag for a text that has to pass a check.
type text struct {
	value *string
	check func(string) error
}

func (t text) String() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

func (t text) Set(value string) error {
	*t.value = value
	return t.check(value)
}

// place adds the flags --data and --database, which every command has that needs the
// database.
func (o *options) place(at *place, holds string) {
	at.dir = defaultData
	o.Var(text{&at.dir, checkDir}, "data", "`directory`: "+holds)
	o.Var(hidden{&at.url}, "database", "`URL`: a PostgreSQL database instead of the SQLite file in the data directory, as postgres://user@host:5432/name; give a password in AUTHFETCH_DATABASE, in PGPASSWORD or in ~/.pgpass, for every user of the machine can read the command line")
	o.checks = append(o.checks, func() error {
		if !given(o, "database") {
			return nil
		}
		if err := checkURL(at.url); err != nil {
			return fmt.Errorf("--database: %w", err)
		}
		return nil
	})
}

func checkDir(name string) error {
	switch {
	case name == "":
		return errors.New("want the name of a directory")
	case strings.Contains(name, "://"):
		return errors.New("want the name of a directory; --database takes a URL")
	}
	return nil
}

// hidden is a flag whose value nobody may see. It takes any, for package flag shows
// those that are refused; see options.checks.
type hidden struct{ value *string }

func (h hidden) String() string { return "" }

func (h hidden) Set(value string) error {
	*h.value = value
	return nil
}

// level is a flag for how much is logged.
type level struct{ value *slog.Level }

func (l level) String() string {
	if l.value == nil {
		return ""
	}
	return l.value.String()
}

func (l level) Set(text string) error {
	if l.value.UnmarshalText([]byte(text)) != nil {
		return errors.New("want debug, info, warn or error")
	}
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
	if prefix.Bits() == 0 {
		return netip.Prefix{}, errors.New("that is everybody, so that every client could choose its address; name the proxies")
	}
	return prefix.Masked(), nil
}

// algorithm is a flag for what signing keys are made for.
type algorithm struct{ value *token.Algorithm }

func (a algorithm) String() string { return "" }

func (a algorithm) Set(text string) (err error) {
	if *a.value, err = token.ParseAlgorithm(text); err != nil || text == "" {
		return errors.New("want ES256, EdDSA or RS256")
	}
	return nil
}

// checkAddress wants what a server can listen on.
func checkAddress(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		return errors.New("want host:port, such as localhost:8080")
	}
	return nil
}
