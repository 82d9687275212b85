package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// session is any session.
func session(id string) rotation.Record {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return rotation.Record{
		ID: id, UserID: "u", Nonce: "n", CreatedAt: now, RotatedAt: now,
		IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(2 * time.Hour),
	}
}

func create(t *testing.T, store *pgstore.Store, id string) rotation.Record {
	t.Helper()
	rec, _, err := store.CreateSession(t.Context(), session(id), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// with is the URL with a parameter more.
func with(t *testing.T, databaseURL, name, value string) string {
	t.Helper()
	return changed(t, databaseURL, func(u *url.URL) {
		query := u.Query()
		query.Set(name, value)
		u.RawQuery = query.Encode()
	})
}

func changed(t *testing.T, databaseURL string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// execute runs statements as the superuser, on a connection of their own.
func execute(t *testing.T, databaseURL, statements string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // also when the test has ended
	conn, err := pgx.Connect(ctx, databaseURL)
	if err == nil {
		_, err = conn.Exec(ctx, statements)
		_ = conn.Close(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// connect makes a connection of its own, until the test ends.
func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// Ten nodes start at once on a database that is empty.
func TestOpenAtOnce(t *testing.T) {
	databaseURL := pgtest.Shared(t).Database(t)
	stores, errs := make([]*pgstore.Store, 10), make([]error, 10)
	var ready, done sync.WaitGroup
	ready.Add(len(stores))
	for i := range stores {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			stores[i], errs[i] = pgstore.Open(t.Context(), databaseURL)
		})
	}
	done.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("open: %v", err)
			continue
		}
		create(t, stores[i], fmt.Sprint("session ", i))
		if err := stores[i].Close(); err != nil {
			t.Error(err)
		}
	}
}

// An application's own pool, of a single connection, and in a time zone with daylight
// saving.
func TestNew(t *testing.T) {
	config, err := pgxpool.ParseConfig(with(t, with(t, pgtest.Shared(t).Database(t), "pool_max_conns", "1"), "timezone", "America/New_York"))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store := pgstore.New(pool)
	for range 2 {
		if err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const life = 50 * 24 * time.Hour
	for _, ahead := range []int{0, 60, 120, 180, 240, 300} { // days; some of them lie beyond a change of the clocks
		given := session(fmt.Sprint("session ", ahead))
		given.CreatedAt = given.CreatedAt.AddDate(0, 0, ahead)
		given.ExpiresAt = given.CreatedAt.Add(life)
		rec, _, err := store.CreateSession(t.Context(), given, nil)
		if err != nil || rec.ExpiresAt.Sub(rec.CreatedAt) != life {
			t.Errorf("%d days ahead: a session lives from %v to %v (%v), want %v", ahead, rec.CreatedAt, rec.ExpiresAt, err, life)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the application's pool was closed: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	server := pgtest.Shared(t)
	good := database(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, good, "CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
	t.Cleanup(func() { execute(t, good, "DROP ROLE stranger") })
	stranger := func(u *url.URL) { u.User = url.UserPassword("stranger", "stranger") }
	empty := server.Database(t)
	newer := database(t)
	execute(t, newer, `INSERT INTO authfetch.goose_db_version (version_id, is_applied) VALUES (9999, true);
		INSERT INTO authfetch.meta VALUES ('schema_floor', '9998')`)

	for _, test := range []struct {
		name, url string
		want      error
		hint      string // what the message says about the way out
	}{
		{"no URL", "postgres://%zz", pgstore.ErrURL, "write it like"},
		{"an unknown parameter", with(t, good, "pool_max_conns", "many"), pgstore.ErrURL, "write it like"},
		{"nobody listens", changed(t, good, func(u *url.URL) { u.Host = nobody }), pgstore.ErrUnreachable, "is the server running"},
		{"another password", changed(t, good, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "hunter2") }), pgstore.ErrDenied, "PGPASSWORD"},
		{"no such database", changed(t, good, func(u *url.URL) { u.Path = "/missing" }), pgstore.ErrUnreachable, "createdb"},
		{"a role that may make nothing", changed(t, empty, stranger), pgstore.ErrDenied, "authfetchd migrate"},
		{"a role that may read nothing", changed(t, good, stranger), pgstore.ErrDenied, "grant"},
		{"a newer version's", newer, pgstore.ErrNewerSchema, "update the program"},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, err := pgstore.Open(t.Context(), test.url)
			if err == nil {
				_ = store.Close()
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.hint) {
				t.Fatalf("error is %v, want %v with %q", err, test.want, test.hint)
			}
			if password := passwordOf(test.url); password != "" && strings.Contains(err.Error(), password) {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func passwordOf(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return ""
	}
	password, _ := u.User.Password()
	return password
}

// A role that may only read and write rows is enough, once the tables are there.
func TestLeastRights(t *testing.T) {
	databaseURL := database(t)
	execute(t, databaseURL, `CREATE ROLE clerk LOGIN PASSWORD 'clerk';
		GRANT USAGE ON SCHEMA authfetch TO clerk;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authfetch TO clerk`)
	t.Cleanup(func() { execute(t, databaseURL, "DROP OWNED BY clerk; DROP ROLE clerk") })
	store := open(t, changed(t, databaseURL, func(u *url.URL) { u.User = url.UserPassword("clerk", "clerk") }))
	rec := create(t, store, "a")
	change := rotation.Change{Kind: rotation.Rotate, At: rec.CreatedAt, Nonce: "m", IdleExpiresAt: rec.IdleExpiresAt}
	if _, err := store.ChangeSession(t.Context(), "a", 0, "n", change); err != nil {
		t.Error(err)
	}
	if _, err := store.ReplaceSigningKeys(t.Context(), nil, nil); err != nil {
		t.Error(err)
	}
}

func TestReadSchema(t *testing.T) {
	empty := pgtest.Shared(t).Database(t)
	schema, err := pgstore.ReadSchema(t.Context(), empty)
	if err != nil || schema.Current != 0 || schema.Latest == 0 {
		t.Errorf("of an empty database: %+v (%v)", schema, err)
	}
	var schemas int
	if err := connect(t, empty).QueryRow(t.Context(), "SELECT count(*) FROM pg_namespace WHERE nspname = 'authfetch'").Scan(&schemas); err != nil || schemas != 0 {
		t.Errorf("looking has made %d schemas (%v)", schemas, err)
	}
	if schema, err := pgstore.ReadSchema(t.Context(), database(t)); err != nil || schema.Current != schema.Latest {
		t.Errorf("of an open one: %+v (%v)", schema, err)
	}
}

// What the manual says that PgBouncer has to let pass is what we set.
func TestPgBouncerParameters(t *testing.T) {
	manual, err := os.ReadFile("../../FLEET.md")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(manual), "\nignore_startup_parameters = ")
	line, _, _ = strings.Cut(line, "\n")
	got := strings.Split(line, ",")
	want := append(slices.Collect(maps.Keys(pgstore.RuntimeParams)), "extra_float_digits")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("FLEET.md lists %q, want %q", got, want)
	}
}
