package rotation_test

import (
	"database/sql"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
)

// While 50,000 old sessions are removed, refreshes get on: one for every ten steps
// at the very least.
func TestRefreshesGetOnDuringPrune(t *testing.T) {
	t.Parallel()
	const old, steps = 50_000, 500
	w := newWorld(t)
	grant := w.signIn()
	addOld(t, w, old)

	var over atomic.Bool
	removed := make(chan int, 1)
	go func() {
		count, err := w.Prune(t.Context())
		if err != nil {
			t.Errorf("prune: %v", err)
		}
		over.Store(true)
		removed <- count
	}()
	refreshes := 0
	for !over.Load() {
		grant = w.mustRefresh(raw(grant), rotation.Rotated)
		refreshes++
	}
	if count := <-removed; count != old {
		t.Errorf("removed %d, want %d", count, old)
	}
	if enough := steps / 10; refreshes < enough {
		t.Errorf("%d refreshes meanwhile, want %d or more", refreshes, enough)
	}
	w.mustRefresh(raw(grant), rotation.Rotated)
}

// addOld adds sessions that ended long ago, in one statement.
func addOld(t *testing.T, w *world, n int) {
	t.Helper()
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ended := w.clock().Add(-8 * day).UnixMilli()
	_, err = db.ExecContext(t.Context(), `
		WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
		INSERT INTO sessions (id, user_id, generation, nonce, previous_nonce, created_at, rotated_at, replays,
			idle_expires_at, expires_at, revoked_reason, user_agent, address)
		SELECT hex(randomblob(13)), 'u' || n, 0, hex(randomblob(13)), '', ?2, ?2, 0, ?2, ?2, '', 'Mozilla/5.0', '192.0.2.1'
		FROM numbers`, n, ended)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPrune(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(w *world, grant rotation.Grant) // of the session, now
		want error                                // of the session a week later
	}{
		{"idle", func(w *world, _ rotation.Grant) { w.advance(30 * day) }, rotation.ErrExpired},
		{"logged out", func(w *world, grant rotation.Grant) {
			if _, err := w.Logout(w.t.Context(), rotation.SignOut{Tokens: []string{raw(grant)}}); err != nil {
				w.t.Fatal(err)
			}
		}, rotation.ErrRevoked},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			grant := w.signIn()
			test.end(w, grant)
			live := w.signIn()
			w.advance(7 * day)
			if count, err := w.Prune(t.Context()); err != nil || count != 0 {
				t.Errorf("a week after its end pruned %d (%v), want 0", count, err)
			}
			if _, err := w.refresh(raw(grant)); !errors.Is(err, test.want) {
				t.Errorf("refresh: %v, want %v", err, test.want)
			}
			w.advance(ms)
			if count, err := w.Prune(t.Context()); err != nil || count != 1 {
				t.Errorf("later pruned %d (%v), want 1", count, err)
			}
			w.wantRefused(raw(grant), rotation.ErrUnknown, "")
			w.mustRefresh(raw(live), rotation.Rotated)
		})
	}
}

// Several nodes prune at once: each session is removed, and counted, by one.
func TestParallelPrune(t *testing.T) {
	const old = 2000
	w := newWorld(t)
	live := w.signIn()
	addOld(t, w, old)
	second, _ := w.node(w.secrets)
	nodes := []*rotation.Engine{w.Engine, second, w.Engine, second}
	counts := make([]int, len(nodes))
	atOnce(len(nodes), func(i int) {
		var err error
		if counts[i], err = nodes[i].Prune(t.Context()); err != nil {
			t.Errorf("prune: %v", err)
		}
	})
	removed := 0
	for _, count := range counts {
		removed += count
	}
	if removed != old {
		t.Errorf("removed %d in all, want %d", removed, old)
	}
	w.mustRefresh(raw(live), rotation.Rotated)
}
