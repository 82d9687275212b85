package pgtest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// stopClock puts a table in the place of the machine's clock.
const stopClock = `
	CREATE TABLE IF NOT EXISTS authfetch.test_clock (id integer PRIMARY KEY, now timestamptz NOT NULL);
	CREATE OR REPLACE FUNCTION authfetch.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT now FROM authfetch.test_clock'`

const setClock = `INSERT INTO authfetch.test_clock VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET now = $1`

// SetClock makes that time the present of a database with our tables, until it is set
// again. Every store on that database goes by it.
func SetClock(tb testing.TB, url string, at time.Time) {
	tb.Helper()
	ctx, cancel := limited()
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatalf("setting the database's clock: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // what was wrong has been said
	if _, err = conn.Exec(ctx, setClock, at); err == nil {
		return // it stands still already
	}
	if _, err = conn.Exec(ctx, stopClock); err == nil {
		_, err = conn.Exec(ctx, setClock, at)
	}
	if err != nil {
		tb.Fatalf("setting the database's clock: %v", err)
	}
}
