package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// The end of a test drops its databases, also under connections that it forgot.
func TestDatabase(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	count := func() int {
		return ask[int](t, keep(t, server), "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'")
	}
	before := count()
	t.Run("of a test", func(t *testing.T) {
		one, two := server.Database(t), server.Database(t)
		ask[string](t, one, "CREATE TABLE t ()")
		ask[string](t, two, "CREATE TABLE t ()") // no table was there
		if _, err := pgx.Connect(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		if got := count(); got != before+3 {
			t.Errorf("%d databases during the test, want %d", got, before+3)
		}
	})
	if got := count(); got != before+2 {
		t.Errorf("%d databases after the test, want %d", got, before+2)
	}
}

// keep makes a database that no test drops.
func keep(t *testing.T, server *pgtest.Server) string {
	t.Helper()
	url, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		server := pgtest.Start(b)
		b.StopTimer()
		if err := server.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkDatabase(b *testing.B) {
	server := pgtest.Shared(b)
	for b.Loop() {
		if _, err := server.CreateDatabase(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
