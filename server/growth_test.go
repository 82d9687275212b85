package server_test

import (
	"database/sql"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
)

// One session that is refreshed 10,000 times leaves the database and the memory as
// they were after the first thousand.
func TestS28TenThousandRefreshes(t *testing.T) {
	s := start(t, func(c *server.Config) { c.HTTP.Logger = slog.New(slog.DiscardHandler) }) // which servertest keeps in memory
	b := signedIn(t, s)
	refresh := func(times int) {
		for range times {
			s.Clock.Advance(10 * time.Second)
			b.AccessToken = "" // the server remembers thousands of those that it has verified, up to a limit
			wantStatus(t, b.Refresh(), http.StatusOK)
		}
	}
	refresh(1000)
	rows, pages, heap := size(t, s)
	refresh(9000)
	rowsAfter, pagesAfter, heapAfter := size(t, s)
	if rowsAfter != rows {
		t.Errorf("%d rows, after %d", rowsAfter, rows)
	}
	if pagesAfter != pages {
		t.Errorf("%d pages, after %d", pagesAfter, pages)
	}
	if limit := heap + heap/4; heapAfter > limit {
		t.Errorf("%d bytes of heap, after %d", heapAfter, heap)
	}
}

// size counts the rows of all tables, the pages of the database file, and the
// bytes on the heap.
func size(t *testing.T, s *servertest.Server) (rows, pages int, heap uint64) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.Dir, "authfetch.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(t.Context(), `
		SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM users) + (SELECT count(*) FROM signing_keys),
			page_count FROM pragma_page_count`).Scan(&rows, &pages)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return rows, pages, stats.HeapAlloc
}
