package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	about     string
	run       func(ctx context.Context, c *userCall) error
}

func userCommands() []userCommand {
	return []userCommand{
		{"add", "EMAIL", "add a user", `
Adds a user. The password is one line of the standard input, never an argument:
whoever lists processes would see it. At a terminal it is asked for, unseen.

  authfetchd user add --data DIR --name "Ada Lovelace" ada@example.com`, addUser},
		{"passwd", "EMAIL", "set a password, and end all sessions of the user", `
Sets a password, read like that of "user add", and ends all of the user's
sessions.

  authfetchd user passwd --data DIR ada@example.com < password.txt`, setPassword},
		{"disable", "EMAIL", "keep a user from signing in, and end all sessions of the user", `
Keeps a user from signing in, and ends all sessions of the user. Access tokens
that are out live to their own end, minutes at most.

  authfetchd user disable --data DIR ada@example.com`, disableUser},
		{"enable", "EMAIL", "let a disabled user sign in again", `
Lets a disabled user sign in again. Sessions that have ended stay ended.

  authfetchd user enable --data DIR ada@example.com`, enableUser},
		{"list", "", "list the users", `
Lists the users: address, name, when they were added, whether they may sign in,
and the id that access tokens name as their subject.

  authfetchd user list --data DIR`, listUsers},
	}
}

// userCall is one call of a user command.
type userCall struct {
	accounts *account.Service
	email    string
	name     string
	json     bool
	sys      system
}

// users is the command user. Its commands work also while a server runs on the
// same directory.
func users() group {
	g := group{name: "user", about: `
Adds, disables, enables and lists the users in a data directory, also while a
server runs on it.

  authfetchd user add --data DIR ada@example.com < password.txt`}
	for _, c := range userCommands() {
		g.commands = append(g.commands, command{name: c.name, arguments: c.arguments, summary: c.summary, run: c.call})
	}
	return g
}

func (c userCommand) call(ctx context.Context, args []string, sys system) (err error) {
	call := &userCall{sys: sys}
	o := newOptions("user "+c.name, strings.TrimSpace("user "+c.name+" [options] "+c.arguments), c.about)
	var at place
	o.place(&at, "where the database is")
	if c.name == "add" {
		o.StringVar(&call.name, "name", "", "`name`: what to call the user")
	}
	o.once = []string{"name", "json"}
	if c.name == "list" {
		o.BoolVar(&call.json, "json", false, "print one JSON object a line")
	}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if call.email, err = c.emailOf(o); err != nil {
		return err
	}
	open := openExisting
	if c.name == "add" && at.url == "" {
		open = openData // the first user may come before the server
	}
	d, err := open(ctx, at, sys.now)
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
	if _, err := account.NormalizeEmail(o.Arg(0)); err != nil {
		return "", o.wrong(fmt.Errorf("%q: %w", o.Arg(0), err))
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
	password, err := readPassword(ctx, c.sys)
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
	password, err := readPassword(ctx, c.sys)
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
	if c.json {
		return printUsers(json.NewEncoder(c.sys.out), users)
	}
	w := tabwriter.NewWriter(c.sys.out, 0, 0, 2, ' ', 0)
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

// userLine is a line of --json.
type userLine struct {
	ID         string `json:"id"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	CreatedAt  string `json:"created_at"`
	DisabledAt string `json:"disabled_at,omitempty"`
}

func printUsers(lines *json.Encoder, users []account.User) error {
	for _, u := range users {
		line := userLine{ID: u.ID, Email: u.Email, Name: u.Name, CreatedAt: u.CreatedAt.Format(time.RFC3339)}
		if u.Disabled() {
			line.DisabledAt = u.DisabledAt.Format(time.RFC3339)
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func (c *userCall) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.sys.out, format+"\n", args...)
	return err
}
