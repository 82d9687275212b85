package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/metrics"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// database is a store with all that the program needs of one. What each part
// promises is said where it is used.
type database interface {
	server.Store
	account.Store
	metrics.SessionCounter
	owned
	movable
	Close() error
}

// owned is a database that belongs to a server secret. All errors wrap
// rotation.ErrUnavailable, or say that it belongs to another one.
type owned interface {
	HasSecret(ctx context.Context) (bool, error)
	UseSecret(ctx context.Context, secrets secret.Set, at time.Time) error
	MintingSecret(ctx context.Context, secrets secret.Set) (secret.Set, error)
	SecretUse(ctx context.Context, id string, at time.Time) (sqlitestore.SecretUse, error)
}

// engine is one of the databases that the program works with, before it is opened.
type engine interface {
	// open brings the tables up to date, and makes them where there are none.
	open(ctx context.Context) (database, error)
	// schema looks at the tables and changes nothing.
	schema(ctx context.Context) (schema, error)
	// used returns an error that says what to do where there is no data of ours.
	used(ctx context.Context) error
	// String is what to call it, for people. It has no password.
	String() string
}

// schema says how the tables are made, and how this program makes them.
type schema struct{ current, latest int64 }

// place is where the data is, as the options say it.
type place struct {
	dir string
	url string // of a PostgreSQL database; empty: a SQLite file in dir
}

// engine decides which database it is.
func (p place) engine() engine {
	if p.url != "" {
		return postgres{p.url}
	}
	return sqlite{p.dir}
}

// options are those that lead another command here, as far as they may be shown.
func (p place) options() string {
	if p.url != "" {
		return "--database " + p.engine().String()
	}
	return "--data " + p.dir
}

// defaultSecret is where the server secret is, unless another file was named.
func (p place) defaultSecret() string { return filepath.Join(p.dir, secretName) }

// checkURL wants a URL that everybody understands alike. The driver takes more, such
// as a password with a slash in it; then what it takes for the host or the name of
// the database, and shows in its errors, may be a part of the password. The error
// leaves the value out, for the same reason.
func checkURL(text string) error {
	want := errors.New("want a URL such as postgres://user@host:5432/name")
	scheme, rest, _ := strings.Cut(text, "://")
	if scheme != "postgres" && scheme != "postgresql" {
		return want
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	_, err := url.Parse(text)
	if err != nil || strings.Contains(rest, "#") || strings.Count(authority, "@") > 1 || strings.Contains(rest[len(authority):], "@") {
		return fmt.Errorf("%w, in which a password has %%2F for a slash, and the like for all but letters and digits", want)
	}
	return nil
}

// shownURL is a URL that checkURL takes, without password and parameters.
func shownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return redacted
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if name := u.User.Username(); name != "" {
		shown.User = url.User(name)
	}
	return shown.String()
}
