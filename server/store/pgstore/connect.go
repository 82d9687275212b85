package pgstore

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Errors of Open, Migrate and ReadSchema, to be told apart with errors.Is. Their texts
// say what to do, and never show a password.
var (
	// ErrURL: the URL says something that no connection can be made of.
	ErrURL = errors.New("database URL is wrong")
	// ErrUnreachable: nobody answers there, or the server lets nobody in now.
	ErrUnreachable = errors.New("database cannot be reached")
	// ErrDenied: the password is wrong, or the role may not do what is needed.
	ErrDenied = errors.New("database denies access")
	// ErrOldServer: the server is older than this package knows.
	ErrOldServer = errors.New("PostgreSQL is too old")
	// ErrNewerSchema: a newer version has made changes that this one cannot live with.
	ErrNewerSchema = errors.New("database was changed by a newer version")
)

// How a connection behaves, unless the URL says otherwise.
const (
	// maxConns is how many connections a node makes at most. The limit of the server,
	// 100 unless it was raised, counts for all nodes together.
	maxConns = 16
	// connectTimeout is for one attempt. A request gives up after five seconds itself.
	connectTimeout = 4 * time.Second
	// pingTimeout finds out that a connection is dead before a statement is lost on it.
	pingTimeout = 2 * time.Second
	// maxConnLifetime lets a balancer or a new address in DNS have its effect.
	maxConnLifetime = 30 * time.Minute
)

// runtimeParams are for what a node leaves behind that died or was cut off: the server
// would go on with its statement, or hold its locks, until TCP gives up.
var runtimeParams = map[string]string{
	"application_name":                    "authfetchd",
	"statement_timeout":                   "10s",
	"lock_timeout":                        "5s",
	"idle_in_transaction_session_timeout": "10s",
	// A reader of timestamps in psql or in a log of the server should not have to guess.
	"timezone": "UTC",
}

func poolConfig(databaseURL string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w; write it like postgres://user@host:5432/database", ErrURL, redacted(err))
	}
	given := func(name string) bool { return strings.Contains(databaseURL, name+"=") }
	if !given("pool_max_conns") {
		config.MaxConns = maxConns
	}
	if !given("pool_max_conn_lifetime") {
		config.MaxConnLifetime = maxConnLifetime
	}
	if !given("pool_max_conn_lifetime_jitter") {
		config.MaxConnLifetimeJitter = maxConnLifetime / 10
	}
	if !given("connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.PingTimeout = pingTimeout
	for name, value := range runtimeParams {
		if _, found := config.ConnConfig.RuntimeParams[name]; !found {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// redacted keeps what is wrong with a URL, and leaves out the URL.
func redacted(err error) error {
	if wrong, ok := errors.AsType[*url.Error](err); ok {
		return wrong.Err
	}
	return err
}

// openError explains why a database cannot be used.
func openError(err error) error {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch failure.Code {
		case "28P01", "28000": // invalid_password, invalid_authorization_specification
			return fmt.Errorf("%w: %w; set the password in the URL, in PGPASSWORD or in ~/.pgpass", ErrDenied, err)
		case "42501": // insufficient_privilege
			return fmt.Errorf("%w: %w; let a role that may create a schema run \"authfetchd migrate\" once, and grant this one USAGE on schema authfetch and SELECT, INSERT, UPDATE, DELETE on its tables", ErrDenied, err)
		case "3D000": // invalid_catalog_name
			return fmt.Errorf("%w: %w; make it with createdb", ErrUnreachable, err)
		}
	}
	return fmt.Errorf("%w: %w; is the server running, and does the URL name it?", ErrUnreachable, err)
}
