package pgstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
)

// crowd fills the table with sessions of a thousand users.
func crowd(t *testing.T, databaseURL string, sessions int) {
	t.Helper()
	execute(t, databaseURL, fmt.Sprintf(`
		INSERT INTO authfetch.sessions
		SELECT 's' || n, 'u' || n %% 1000, 0, 'n', '', now(), now(), NULL, NULL, NULL, 0, '', 0,
		       now() + '30 days', now() + '90 days', NULL, '', repeat('x', 110), '192.0.2.1'
		FROM generate_series(1, %d) n`, sessions))
	execute(t, databaseURL, "VACUUM ANALYZE authfetch.sessions")
}

// What a request does finds its rows by an index, whatever PostgreSQL knows of the
// values that will come: its general plan is looked at.
func TestPlans(t *testing.T) {
	databaseURL := database(t)
	crowd(t, databaseURL, 20_000)
	conn := connect(t, databaseURL)
	if _, err := conn.Exec(t.Context(), "SET plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	for name, statement := range map[string]string{
		"read":           pgstore.SessionQuery,
		"list":           pgstore.SessionList,
		"rotate":         pgstore.SessionRotate,
		"rotate current": pgstore.SessionRotateCurrent,
		"revoke many":    pgstore.SessionRevokeMany,
		"delete":         pgstore.SessionDelete,
	} {
		plan := explain(t, conn, statement)
		if !strings.Contains(plan, "sessions_pkey") && !strings.Contains(plan, "sessions_by_user") {
			t.Errorf("%s uses no index:\n%s", name, plan)
		}
		if strings.Contains(plan, "Seq Scan on sessions") {
			t.Errorf("%s reads all sessions:\n%s", name, plan)
		}
	}
}

func explain(t *testing.T, conn *pgx.Conn, statement string) string {
	t.Helper()
	prepared, err := conn.Prepare(t.Context(), "looked_at", statement)
	if err != nil {
		t.Fatal(err)
	}
	nulls := strings.Join(slices.Repeat([]string{"NULL"}, len(prepared.ParamOIDs)), ", ")
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE looked_at ("+nulls+")", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Deallocate(t.Context(), "looked_at"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// However often sessions are refreshed, no index is touched, and the table stays as
// large as it is.
func TestTableDoesNotGrow(t *testing.T) {
	const sessions, rounds = 500, 20
	databaseURL := database(t)
	execute(t, databaseURL, "ALTER TABLE authfetch.sessions SET (autovacuum_enabled = false)") // nobody tidies up behind us
	crowd(t, databaseURL, sessions)
	store := open(t, databaseURL)
	before := sizes(t, databaseURL)
	for round := range rounds {
		for i := range sessions {
			token := rotation.Token{SessionID: fmt.Sprint("s", i+1), Generation: int64(round), Nonce: "n"}
			next := rotation.Successor{Nonce: "n", IdleTTL: time.Hour, Client: rotation.Client{UserAgent: strings.Repeat("x", 110+round)}}
			if _, err := store.RotateCurrent(t.Context(), token, "", next); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := store.Close(); err != nil { // with the connections, the statistics are written
		t.Fatal(err)
	}
	after := sizes(t, databaseURL)
	if after.indexes != before.indexes || after.table > before.table*5/4 {
		t.Errorf("the table grew from %d to %d bytes, its indexes from %d to %d", before.table, after.table, before.indexes, after.indexes)
	}
	if after.updates != sessions*rounds || after.hot < after.updates*99/100 {
		t.Errorf("of %d updates %d were heap-only, want of %d all but one in a hundred", after.updates, after.hot, sessions*rounds)
	}
}

// footprint is what the sessions take, and how they were changed.
type footprint struct{ table, indexes, updates, hot int64 }

func sizes(t *testing.T, databaseURL string) (f footprint) {
	t.Helper()
	conn := connect(t, databaseURL)
	err := conn.QueryRow(t.Context(), `
		SELECT pg_table_size(relid), pg_indexes_size(relid), n_tup_upd, n_tup_hot_upd
		FROM pg_stat_user_tables WHERE schemaname = 'authfetch' AND relname = 'sessions'`).Scan(&f.table, &f.indexes, &f.updates, &f.hot)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
