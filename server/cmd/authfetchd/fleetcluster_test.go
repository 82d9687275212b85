package main_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/pgstore"
)

// clusterIssuer is what processes call themselves, see launch.
const clusterIssuer = "http://localhost:8080"

// cluster is nodes in processes of their own on one PostgreSQL database, and the
// balancer in front of them. Each has a data directory with the same secret.
type cluster struct {
	*balancer
	binary   string
	database string // its URL
	secrets  secret.Set
	dirs     []string // of the nodes
	record   *record  // what all of them write
}

// newCluster copies the secret to nodes that are still to be started.
func newCluster(t *testing.T, binary, database string, nodes int) *cluster {
	t.Helper()
	c := &cluster{balancer: newBalancer(nodes), binary: binary, database: database, record: &record{}}
	shared := filepath.Join(t.TempDir(), "secret")
	var err error
	if c.secrets, err = secret.CreateFile(shared); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(shared)
	if err != nil {
		t.Fatal(err)
	}
	for range nodes {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "secret"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		c.dirs = append(c.dirs, dir)
	}
	t.Cleanup(func() {
		for i := range c.dirs {
			c.kill(i)
		}
		if t.Failed() {
			t.Logf("the nodes wrote at last:\n%s", c.record)
		}
	})
	return c
}

// start starts a node that does not run. It may be called for several at once.
func (c *cluster) start(ctx context.Context, i int) error {
	// Requests come by way of the balancer, which says from whom.
	p, err := launch(ctx, c.binary, c.record, "--database", c.database, "--data", c.dirs[i],
		"--trusted-proxy", "127.0.0.1", "--grace", clusterGrace.String())
	if err != nil {
		return err
	}
	c.at(i).set(p)
	return nil
}

// clusterGrace is short, so that answers are lost for longer than that.
const clusterGrace = 2 * time.Second

// startAll starts all nodes, one after another.
func (c *cluster) startAll(t *testing.T) {
	t.Helper()
	for i := range c.dirs {
		c.mustStart(t, i)
	}
}

func (c *cluster) mustStart(t *testing.T, i int) {
	t.Helper()
	if err := c.start(t.Context(), i); err != nil {
		t.Fatal(err)
	}
}

// kill ends a node with SIGKILL, and returns when it is gone.
func (c *cluster) kill(i int) { c.at(i).kill() }

// stop ends a node with SIGTERM, and returns when it is gone.
func (c *cluster) stop(i int) { c.at(i).stop() }

// begin makes sessions of a user without the work that a password is. What returns is
// the cookie of each, "name=value".
func (c *cluster) begin(t *testing.T, userID string, count int) (cookies []string) {
	t.Helper()
	engine, err := rotation.New(rotation.Config{Issuer: clusterIssuer, Secrets: c.secrets, Store: c.open(t)})
	if err != nil {
		t.Fatal(err)
	}
	for range count {
		grant, err := engine.Begin(t.Context(), rotation.SignIn{UserID: userID})
		if err != nil {
			t.Fatal(err)
		}
		cookies = append(cookies, "__Host-Http-refresh_token="+grant.RefreshToken.Reveal())
	}
	return cookies
}

// addUsers makes users who all have that password, which is hashed once. What returns
// are their ids.
func (c *cluster) addUsers(t *testing.T, password string, emails ...string) (ids []string) {
	t.Helper()
	store := c.open(t)
	accounts, err := account.New(account.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Add(t.Context(), account.NewUser{Email: emails[0], Password: password}); err != nil {
		t.Fatal(err)
	}
	first, err := store.UserByEmail(t.Context(), emails[0])
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, first.ID)
	for _, email := range emails[1:] {
		user := first
		user.ID, user.Email = rand.Text(), email
		if err := store.CreateUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	return ids
}

// open opens the database beside the nodes, until the test ends.
func (c *cluster) open(t *testing.T) *pgstore.Store {
	t.Helper()
	store, err := pgstore.Open(t.Context(), c.database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // what was written is there
	return store
}

// execute runs statements on a connection of their own.
func execute(t *testing.T, url, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		_, err = conn.Exec(t.Context(), statements)
		_ = conn.Close(t.Context()) // what was wrong has been said
	}
	if err != nil {
		t.Fatal(err)
	}
}

// query returns the one value that a statement answers.
func query[T any](t *testing.T, url, statement string, args ...any) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		err = conn.QueryRow(t.Context(), statement, args...).Scan(&value)
		_ = conn.Close(t.Context()) // what was wrong has been said
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}
