package main_test

import (
	"net/http"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// wantUndisturbed wants no request to have been cut off, and none to have met trouble.
func (y *tally) wantUndisturbed(t *testing.T) {
	t.Helper()
	if cut, refused := y.status(0), y.status(http.StatusServiceUnavailable); cut > 0 || refused > 0 {
		t.Errorf("%d requests were cut off, and %d answered with 503:\n%s", cut, refused, y)
	}
}

// A newer program changes the schema while nodes serve. Then they are restarted, one
// after another, and one that still is this version starts as well.
func TestRollingUpgradeUnderLoad(t *testing.T) {
	t.Parallel()
	c := newCluster(t, build(t), pgtest.Shared(t).Database(t), 3)
	c.startAll(t)
	l := newLoad(t, c)
	for _, v := range l.visitors {
		v.calm = true // a machine with much else to do is late with passwords
	}
	l.run(t, func() {
		l.await(500)
		execute(t, c.database, `
			ALTER TABLE authfetch.sessions ADD COLUMN device text NOT NULL DEFAULT '', ADD COLUMN trusted_at timestamptz;
			ALTER TABLE authfetch.users ADD COLUMN locale text;
			CREATE TABLE authfetch.devices (id text PRIMARY KEY);
			INSERT INTO authfetch.goose_db_version (version_id, is_applied) VALUES (9000, true)`)
		for i := range c.nodes {
			l.await(500)
			c.stop(i)
			l.await(500)
			c.mustStart(t, i)
		}
		l.await(500)
	})
	l.tally.wantUndisturbed(t)
	t.Logf("\n%s", l.tally)
}

// PostgreSQL is stopped in the middle of everything, as for an update, and started
// again. All of that is answered, and nobody is signed out.
func TestPostgresRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	postgres := pgtest.Start(t)
	c := newCluster(t, build(t), postgres.Database(t), 2)
	c.startAll(t)
	l := newLoad(t, c)
	l.run(t, func() {
		for range 3 {
			l.await(500)
			if err := postgres.Stop(); err != nil {
				t.Fatal(err)
			}
			l.await(200)
			postgres.Restart(t)
		}
		l.await(500)
	})
	if cut, refused := l.tally.status(0), l.tally.status(http.StatusServiceUnavailable); cut > 0 || refused == 0 {
		t.Errorf("%d requests were cut off, and %d answered with 503", cut, refused)
	}
	t.Logf("\n%s", l.tally)
}
