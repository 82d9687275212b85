package main_test

import (
	"flag"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/wire"
)

// soak is for make soak.
var soak = flag.Duration("soak", 15*time.Second, "how long the mixed load runs while nodes and PostgreSQL are killed")

// S11 over three processes: 64 duplicates of each of 200 refreshes are one rotation
// each, with one successor.
func TestDuplicatesOnThreeNodes(t *testing.T) {
	const count, duplicates, atOnce = 200, 64, 4
	c := newCluster(t, build(t), pgtest.Shared(t).Database(t), 3)
	c.startAll(t)
	cookies := make(chan string, count)
	for _, cookie := range c.begin(t, "user", count) {
		cookies <- cookie
	}
	close(cookies)
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			for cookie := range cookies {
				c.duplicate(t, cookie, duplicates)
			}
		})
	}
	group.Wait()
	const once = "SELECT count(*) FROM authfetch.sessions WHERE generation = 1 AND replays = $1"
	if got := query[int](t, c.database, once, duplicates-1); got != count {
		t.Errorf("%d sessions were rotated once and answered %d times more, want %d", got, duplicates-1, count)
	}
}

// duplicate sends a refresh so many times at once, and wants one successor.
func (c *cluster) duplicate(t *testing.T, cookie string, times int) {
	t.Helper()
	d := newDevice(nil, "", "")
	d.http.Transport = c.balancer
	successors := make([]string, times)
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() {
			got, err := d.send(t, http.MethodPost, balancerURL+wire.DefaultPrefix+wire.PathRefresh, session{cookie: cookie}, nil)
			if err != nil || got.status != http.StatusOK {
				t.Errorf("refresh: %d %s (%v)", got.status, got.body, err)
				return
			}
			successors[i] = sessionOf(t, got).cookie
		})
	}
	group.Wait()
	for _, successor := range successors {
		if successor != successors[0] || successor == "" || successor == cookie {
			t.Errorf("one cookie was answered with %q and %q", successors[0], successor)
			return
		}
	}
}

// Ten nodes start at once on a database that is empty, and all of them come up and
// know the same keys.
func TestTenNodesStartAtOnce(t *testing.T) {
	c := newCluster(t, build(t), pgtest.Shared(t).Database(t), 10)
	errs := make([]error, 10)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = c.start(t.Context(), i) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		return
	}
	cookie := c.begin(t, "user", 1)[0]
	for i := range errs {
		d := newDevice(nil, "", "")
		d.http.Transport, d.cookie = c.at(i), cookie
		if reason := d.outcome(t, balancerURL); reason != "" {
			t.Errorf("node %d: %s", i, reason)
		}
		cookie = d.cookie
	}
	const keys = "SELECT count(*) FROM authfetch.signing_keys"
	if got := query[int](t, c.database, keys); got != 1 {
		t.Errorf("they have made %d signing keys, want 1", got)
	}
}

// Visitors sign in and out, refresh in several tabs, change their passwords, and lose
// answers, while nodes and PostgreSQL are killed. Nobody is signed out who has not
// been signed out, and whoever has stays so.
func TestMixedLoad(t *testing.T) {
	t.Parallel()
	postgres := pgtest.Start(t)
	c := newCluster(t, build(t), postgres.Database(t), 3)
	c.startAll(t)
	l := newLoad(t, c)
	havoc := &chaos{load: l, postgres: postgres, start: time.Now()}
	l.run(t, func() { havoc.reign(t, *soak) })
	t.Log(havoc)
	for _, outcome := range []string{"outcome=reused", "outcome=unknown"} {
		if count := c.record.count(outcome); count > 0 {
			t.Errorf("%s %d times", outcome, count)
		}
	}
	if l.tally.again == 0 {
		t.Error("no answer was lost: what has this shown?")
	}
}
