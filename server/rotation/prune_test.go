package rotation_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

// steppedStore is the real store, with a function that runs beside each step of a
// prune; the next step waits for it.
type steppedStore struct {
	rotation.Store
	beside  func()
	removed []int // by each step
}

func (s *steppedStore) DeleteSessions(ctx context.Context, endedBefore time.Time, after string) (int, string, error) {
	var done sync.WaitGroup
	done.Go(s.beside)
	count, next, err := s.Store.DeleteSessions(ctx, endedBefore, after)
	done.Wait()
	s.removed = append(s.removed, count)
	return count, next, err
}

// While 10,000 old sessions are removed, refreshes get on: no step removes more
// than a hundred, and a refresh that begins with a step need not wait for the next.
func TestRefreshesGetOnDuringPrune(t *testing.T) {
	t.Parallel()
	const old, step = 10_000, 100
	w := newWorld(t)
	grant := w.signIn()
	addOld(t, w, old)
	stepped := &steppedStore{Store: w.store, beside: func() {
		next, err := w.refresh(raw(grant))
		if err != nil || next.Outcome != rotation.Rotated {
			t.Errorf("refresh: %s, %v", next.Outcome, err)
			return
		}
		grant = next
	}}
	pruner, err := rotation.New(rotation.Config{Issuer: issuer, Secrets: w.secrets, Store: stepped, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	if count, err := pruner.Prune(t.Context()); err != nil || count != old {
		t.Errorf("removed %d (%v), want %d", count, err, old)
	}
	if largest := slices.Max(stepped.removed); largest > step {
		t.Errorf("a step removed %d, want %d at most", largest, step)
	}
	if got := grant.Session.Generation; got < old/step {
		t.Errorf("%d refreshes meanwhile, want one for each of %d steps", got, old/step)
	}
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
