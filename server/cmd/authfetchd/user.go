package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

// userCommand is one thing to do with users.
type userCommand struct {
	name      string
	arguments string
	summary   string
	run       func(ctx context.Context, c *userCall) error
}

func userCommands() []userCommand {
	return []userCommand{
		{"add", "EMAIL", "add a user; the password is read from the standard input, one line", addUser},
		{"passwd", "EMAIL", "set a password, read likewise, and end all of the user's sessions", setPassword},
		{"disable", "EMAIL", "keep a user from signing in, and end all of the user's sessions", disableUser},
		{"enable", "EMAIL", "let a disabled user sign in again", enableUser},
		{"list", "", "list the users", listUsers},
	}
}

// userCall is one call of a user command.
type userCall struct {
	accounts *account.Service
	email    string
	name     string
	streams  streams
}

// user does something with the users in a data directory, also while a server
// runs on it.
func user(ctx context.Context, args []string, getenv func(string) string, s streams) error {
	if len(args) > 0 {
		for _, c := range userCommands() {
			if c.name == args[0] {
				return c.call(ctx, args[1:], getenv, s)
			}
		}
		if args[0] != "--help" && args[0] != "-h" && args[0] != "-help" {
			return &usageError{command: "user", err: fmt.Errorf("unknown command \"user %s\"", args[0])}
		}
		_, err := io.WriteString(s.out, userHelp())
		return err
	}
	return &usageError{command: "user", err: errors.New("say what to do with users")}
}

func userHelp() string {
	var b strings.Builder
	b.WriteString("Usage: authfetchd user COMMAND [--data directory] [EMAIL]\n\nCommands:\n")
	for _, c := range userCommands() {
		fmt.Fprintf(&b, "  %-14s %s\n", strings.TrimSpace(c.name+" "+c.arguments), c.summary)
	}
	return b.String()
}

func (c userCommand) call(ctx context.Context, args []string, getenv func(string) string, s streams) (err error) {
	call := &userCall{streams: s}
	o := newOptions("user "+c.name, strings.TrimSpace("user "+c.name+" [options] "+c.arguments))
	var dir string
	o.data(&dir, "the database")
	if c.name == "add" {
		o.StringVar(&call.name, "name", "", "`name` of the user, for display")
	}
	if err := o.parse(args, getenv, s.out); err != nil {
		return err
	}
	if call.email, err = c.emailOf(o); err != nil {
		return err
	}
	// A mistyped directory must not become an empty database in which nobody is
	// found; only the first user may come before the server.
	if c.name != "add" && !hasData(dir) {
		return fmt.Errorf("there is no database in %s; name its directory with --data", dir)
	}
	d, err := openData(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	call.accounts = d.accounts
	return explain(c.run(ctx, call), call.email)
}

// emailOf is the argument of a command that has one.
func (c userCommand) emailOf(o *options) (string, error) {
	switch {
	case c.arguments == "":
		return "", o.noArguments()
	case o.NArg() == 0:
		return "", o.wrong(fmt.Errorf("%s needs an email address", o.command))
	case o.NArg() > 1:
		return "", o.wrong(fmt.Errorf("unexpected argument %q; options come before the email address", o.Arg(1)))
	}
	return o.Arg(0), nil
}

// explain names the user whom the error is about.
func explain(err error, email string) error {
	switch {
	case errors.Is(err, account.ErrNotFound):
		return fmt.Errorf("no user has the email address %q", email)
	case errors.Is(err, account.ErrEmailTaken):
		return fmt.Errorf("there is a user with the email address %q already; \"user passwd\" sets a password", email)
	}
	return err
}

func addUser(ctx context.Context, c *userCall) error {
	if _, err := account.NormalizeEmail(c.email); err != nil {
		return err // before somebody types a password for nothing
	}
	password, err := readPassword(ctx, c.streams)
	if err != nil {
		return err
	}
	u, err := c.accounts.Add(ctx, account.NewUser{Email: c.email, Password: password, Name: c.name})
	if err != nil {
		return err
	}
	return c.say("added %s (id %s)", u.Email, u.ID)
}

func setPassword(ctx context.Context, c *userCall) error {
	password, err := readPassword(ctx, c.streams)
	if err != nil {
		return err
	}
	if err := c.accounts.SetPassword(ctx, c.email, password); err != nil {
		return err
	}
	return c.say("set the password of %s; all sessions of this user have ended", c.email)
}

func disableUser(ctx context.Context, c *userCall) error {
	if err := c.accounts.SetDisabled(ctx, c.email, true); err != nil {
		return err
	}
	return c.say("disabled %s; all sessions of this user have ended", c.email)
}

func enableUser(ctx context.Context, c *userCall) error {
	if err := c.accounts.SetDisabled(ctx, c.email, false); err != nil {
		return err
	}
	return c.say("enabled %s", c.email)
}

func listUsers(ctx context.Context, c *userCall) error {
	users, err := c.accounts.List(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.streams.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "EMAIL\tNAME\tCREATED\tSTATE\tID") // Flush has the error
	for _, u := range users {
		state := "enabled"
		if u.Disabled() {
			state = "disabled " + u.DisabledAt.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, u.CreatedAt.Format(time.RFC3339), state, u.ID)
	}
	return w.Flush()
}

func (c *userCall) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.streams.out, format+"\n", args...)
	return err
}
