package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// sessions is the command session. Its commands work also while a server runs on
// the same directory.
func sessions() group {
	return group{name: "session", about: `
Lists the sessions in a data directory and ends them, also while a server runs
on it.

  authfetchd session list --data DIR ada@example.com`, commands: []command{
		{"list", "[EMAIL]", "list the live sessions of everybody, or of one user", listSessions},
		{"revoke", "SESSION...", "end sessions: those with the ids, --user's or --all", revokeSessions},
	}}
}

const listSessionsAbout = `
Lists the live sessions, the newest sign-in of each user first: the id, whose it
is, when it began and was last used, and from where.

  authfetchd session list --data DIR
  authfetchd session list --data DIR --json ada@example.com`

func listSessions(ctx context.Context, args []string, sys system) (err error) {
	o := newOptions("session list", "session list [options] [EMAIL]", listSessionsAbout)
	var at place
	o.place(&at, "where the database is")
	asJSON := o.Bool("json", false, "print one JSON object a line")
	o.once = []string{"json"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if o.NArg() > 1 {
		return o.wrong(fmt.Errorf("unexpected argument %q; options come before the email address", o.Arg(1)))
	}
	d, err := openExisting(ctx, at, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	users, err := d.users(ctx, o.Arg(0))
	if err != nil {
		return err
	}
	out := newSessionList(sys, *asJSON)
	for _, u := range users {
		recs, err := d.store.Sessions(ctx, u.ID, sys.clock())
		if err != nil {
			return err
		}
		for _, rec := range recs {
			if err := out.add(u, rec); err != nil {
				return err
			}
		}
	}
	return out.table.Flush()
}

// users is the one with the email address, or everybody where that is empty.
func (d *data) users(ctx context.Context, email string) ([]account.User, error) {
	users, err := d.accounts.List(ctx)
	if err != nil || email == "" {
		return users, err
	}
	address, err := account.NormalizeEmail(email)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if u.Email == address {
			return []account.User{u}, nil
		}
	}
	return nil, explain(account.ErrNotFound, email)
}

// sessionList prints sessions as they come.
type sessionList struct {
	table *tabwriter.Writer
	lines *json.Encoder // nil: as a table
}

func newSessionList(sys system, asJSON bool) sessionList {
	l := sessionList{table: tabwriter.NewWriter(sys.out, 0, 0, 2, ' ', 0)}
	if asJSON {
		l.lines = json.NewEncoder(sys.out)
		return l
	}
	_, _ = fmt.Fprintln(l.table, "SESSION\tUSER\tSIGNED IN\tLAST USED\tADDRESS\tUSER AGENT") // Flush has the error
	return l
}

// sessionLine is a line of --json: the session as the API shows it, and whose.
type sessionLine struct {
	ID         string `json:"id"`
	UserID     string `json:"user_id"`
	Email      string `json:"email"`
	CreatedAt  string `json:"created_at"`
	LastUsedAt string `json:"last_used_at"`
	ExpiresAt  string `json:"expires_at"` // unless it is refreshed before
	UserAgent  string `json:"user_agent"`
	Address    string `json:"address"`
}

func (l sessionList) add(u account.User, rec rotation.Record) error {
	line := sessionLine{
		ID: rec.ID, UserID: u.ID, Email: u.Email,
		CreatedAt: rec.CreatedAt.Format(time.RFC3339), LastUsedAt: rec.LastUsedAt().Format(time.RFC3339),
		ExpiresAt: rec.IdleExpiresAt.Format(time.RFC3339),
		UserAgent: rec.Client.UserAgent, Address: rec.Client.Address,
	}
	if l.lines != nil {
		return l.lines.Encode(line)
	}
	_, err := fmt.Fprintf(l.table, "%s\t%s\t%s\t%s\t%s\t%s\n",
		line.ID, line.Email, line.CreatedAt, line.LastUsedAt, line.Address, printable(line.UserAgent))
	return err
}

// printable takes out what would move the cursor or the columns: a client may
// call itself anything.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

const revokeSessionsAbout = `
Ends sessions, with the reason "admin": their next refresh is refused. Access
tokens that are out live to their own end, minutes at most.

  authfetchd session revoke --data DIR 4RLZJ3WQ7F2K6N5MOAEXTYHDUB
  authfetchd session revoke --data DIR --user ada@example.com
  authfetchd session revoke --data DIR --all`

func revokeSessions(ctx context.Context, args []string, sys system) (err error) {
	o := newOptions("session revoke", "session revoke [options] [SESSION...]", revokeSessionsAbout)
	var at place
	o.place(&at, "where the database is")
	user := o.String("user", "", "`email`: end all sessions of this user")
	all := o.Bool("all", false, "end all sessions of everybody")
	o.once = []string{"user", "all"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	switch {
	case o.NArg() == 0 && *user == "" && !*all:
		return o.wrong(errors.New("say which sessions: by their ids, with --user or with --all"))
	case *user != "" && *all, o.NArg() > 0 && (*user != "" || *all):
		return o.wrong(errors.New("ids, --user and --all exclude each other; options come before the ids"))
	}
	d, err := openExisting(ctx, at, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var selections []rotation.Selection
	if o.NArg() > 0 {
		selections, err = d.sessionsWithIDs(ctx, o.Args())
	} else {
		selections, err = d.sessionsOf(ctx, *user)
	}
	if err != nil {
		return err
	}
	ended := 0
	for _, which := range selections {
		n, err := d.store.RevokeSessions(ctx, which, wire.ReasonAdmin, sys.clock())
		if err != nil {
			return fmt.Errorf("after %s had ended: %w", count(ended, "session"), err)
		}
		ended += n
	}
	_, err = fmt.Fprintf(sys.out, "ended %s\n", count(ended, "session"))
	return err
}

// sessionsWithIDs selects sessions all of which exist.
func (d *data) sessionsWithIDs(ctx context.Context, ids []string) ([]rotation.Selection, error) {
	for _, id := range ids {
		_, _, err := d.store.Session(ctx, id)
		if errors.Is(err, rotation.ErrNotFound) {
			return nil, fmt.Errorf("no session has the id %q, and none was ended; \"session list\" shows the ids", id)
		}
		if err != nil {
			return nil, err
		}
	}
	return []rotation.Selection{{IDs: ids}}, nil
}

// sessionsOf selects those of the user, or of everybody where that is empty.
func (d *data) sessionsOf(ctx context.Context, email string) ([]rotation.Selection, error) {
	users, err := d.users(ctx, email)
	if err != nil {
		return nil, err
	}
	var selections []rotation.Selection
	for _, u := range users {
		selections = append(selections, rotation.Selection{UserID: u.ID})
	}
	return selections, nil
}

// count is "1 session" or "2 sessions".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
