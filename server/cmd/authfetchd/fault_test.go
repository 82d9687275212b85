package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/wire"
)

// A fault lasts until the function that it returns is called.
type fault func(t *testing.T, database string, c *cable) (repair func())

// While the database does not work, everything is answered with 503 and in time;
// afterwards the same cookies go on.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name, parameters string // of the database's URL
		fault            fault
		least, most      time.Duration // until the answer
	}{
		{"a statement takes too long", "&statement_timeout=300ms", locked, 300 * time.Millisecond, 5 * time.Second},
		{"a lock is held for too long", "&lock_timeout=300ms", locked, 300 * time.Millisecond, 5 * time.Second},
		{"all connections are in use", "&pool_max_conns=1", locked, 5 * time.Second, 11 * time.Second},
		{"the network hangs", "", blocked, 5 * time.Second, 11 * time.Second},
		{"the database is read-only", "", readOnly, 0, 5 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			database := pgtest.Shared(t).Database(t)
			c := newCable(t, database)
			d := serve(t, "--demo", "--database", c.url+row.parameters, "--data", t.TempDir(), "--issuer", issuer)
			var requests []*http.Request
			var browsers []*servertest.Browser
			for range 4 {
				b := servertest.NewBrowser(t, d.url)
				want(t, b.Login(demoEmail, demoPassword), http.StatusCreated, "")
				want(t, b.Refresh(), http.StatusOK, "")
				browsers = append(browsers, b)
				requests = append(requests, b.RefreshRequest())
			}
			logout := browsers[0].RefreshRequest()
			logout.Method, logout.URL.Path = http.MethodDelete, wire.DefaultPrefix+wire.PathAuth
			repair := row.fault(t, database, c)
			begin := time.Now()
			for _, res := range together(t, append(requests, logout)) {
				wantLater(t, res)
			}
			if took := time.Since(begin); took < row.least || took > row.most {
				t.Errorf("answered after %v, want %v to %v", took, row.least, row.most)
			}
			repair()
			for _, b := range browsers {
				wantGoesOn(t, b)
			}
		})
	}
}

// wantLater wants a refusal that passes and takes nothing from the client.
func wantLater(t *testing.T, res servertest.Response) {
	t.Helper()
	wantRefused(t, res, wire.TemporarilyUnavailable)
	if res.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// wantGoesOn wants a session to go on from the cookie that it has, and a duplicate to
// get the same successor. Connections of before may be found dead first.
func wantGoesOn(t *testing.T, b *servertest.Browser) {
	t.Helper()
	duplicate := b.Copy()
	for deadline := time.Now().Add(20 * time.Second); ; {
		res := b.Refresh()
		if res.Status == http.StatusServiceUnavailable && time.Now().Before(deadline) {
			continue
		}
		want(t, res, http.StatusOK, "")
		break
	}
	want(t, duplicate.Refresh(), http.StatusOK, "")
	if duplicate.Cookie != b.Cookie {
		t.Errorf("one cookie was answered with %q and %q", b.Cookie, duplicate.Cookie)
	}
}

// locked holds the table, as a migration that is run by hand at noon.
func locked(t *testing.T, database string, _ *cable) (repair func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err == nil {
		_, err = conn.Exec(t.Context(), "BEGIN; LOCK TABLE authfetch.sessions")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// blocked swallows what is sent, as a firewall that has forgotten a connection.
func blocked(_ *testing.T, _ string, c *cable) (repair func()) {
	c.block()
	return c.unblock
}

// readOnly makes the database a standby, as far as nodes can see.
func readOnly(t *testing.T, database string, _ *cable) (repair func()) {
	t.Helper()
	const reconnect = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`
	set := func(value string) {
		t.Helper()
		name := database[strings.LastIndex(database, "/")+1 : strings.LastIndex(database, "?")]
		url := database + "&default_transaction_read_only=off"
		execute(t, url, fmt.Sprintf("ALTER DATABASE %s SET default_transaction_read_only = %s", name, value))
		execute(t, url, reconnect)
	}
	set("on")
	return func() { set("off") }
}

// The connection breaks off after every few bytes of a refresh, there or back. Often
// the refresh has happened, and nobody has heard of it.
func TestConnectionBreaksOff(t *testing.T) {
	t.Parallel()
	const step = 17
	database := pgtest.Shared(t).Database(t)
	c := newCable(t, database)
	d := serve(t, "--demo", "--database", c.url+"&pool_max_conns=1", "--data", t.TempDir(), "--issuer", issuer)
	b := servertest.NewBrowser(t, d.url)
	want(t, b.Login(demoEmail, demoPassword), http.StatusCreated, "")
	beside, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	generation := func() (g int) {
		if err := beside.QueryRow(t.Context(), "SELECT generation FROM authfetch.sessions").Scan(&g); err != nil {
			t.Error(err)
		}
		return g
	}
	for _, way := range []way{toDatabase, fromDatabase} {
		wantGoesOn(t, b) // statements are prepared
		for bytes := 0; !t.Failed(); bytes += step {
			before, first := generation(), b.Copy()
			c.cutAfter(way, bytes)
			res := first.Refresh()
			cut := c.mend()
			if cut {
				wantLater(t, res)
				if way == fromDatabase && generation() != before+1 {
					t.Errorf("after %d bytes of the answer it has not happened", bytes)
				}
			}
			wantGoesOn(t, b)
			if !cut && first.Cookie != b.Cookie {
				t.Error("a duplicate got another successor")
			}
			if got := generation(); got != before+1 {
				t.Errorf("cut after %d bytes, %d rotations, want 1", bytes, got-before)
			}
			if !cut {
				t.Logf("a refresh is less than %d bytes that way", bytes)
				if bytes < 100 {
					t.Error("was it one?")
				}
				break
			}
		}
	}
}

// PostgreSQL comes back in the state of a snapshot. Who has refreshed since is not
// known, until the program is told.
func TestFailoverToASnapshot(t *testing.T) {
	t.Parallel()
	postgres := pgtest.Start(t)
	args := []string{"--demo", "--database", postgres.Database(t), "--data", t.TempDir(), "--issuer", issuer}
	d := serve(t, args...)
	still, ahead := servertest.NewBrowser(t, d.url), servertest.NewBrowser(t, d.url)
	for _, b := range []*servertest.Browser{still, ahead} {
		want(t, b.Login(demoEmail, demoPassword), http.StatusCreated, "")
	}
	snapshot := postgres.Snapshot(t)
	for range 3 {
		wantGoesOn(t, ahead)
	}
	postgres.Restore(t, snapshot)
	restored := time.Now().UTC().Format(time.RFC3339Nano)
	wantGoesOn(t, still)
	wantRefused(t, ahead.Copy().Refresh(), wire.SessionUnknown)
	d.stop()

	d = serve(t, append(args, "--restored-at", restored)...)
	for _, b := range []*servertest.Browser{still, ahead} {
		moved := servertest.NewBrowser(t, d.url)
		moved.AccessToken, moved.Cookie = b.AccessToken, b.Cookie
		wantGoesOn(t, moved)
		wantGoesOn(t, moved)
	}
}
