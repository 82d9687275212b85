package rotation_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// atOnce runs f n times together.
func atOnce(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			f(i)
		})
	}
	done.Wait()
}

// Parallel refreshes with one cookie, on one node and on two: all succeed, there
// is one rotation and one successor.
func TestParallelRefreshes(t *testing.T) {
	for _, test := range []struct {
		name            string
		nodes, requests int
	}{
		{"two on one node", 1, 2}, {"twenty on one node", 1, 20}, {"twenty on two nodes", 2, 20}, {"150 on three nodes", 3, 150},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			nodes := []*rotation.Engine{w.Engine}
			for len(nodes) < test.nodes {
				node, _ := w.node(w.secrets)
				nodes = append(nodes, node)
			}
			first := w.signIn()
			for generation := range int64(3) {
				grants, errs := make([]rotation.Grant, test.requests), make([]error, test.requests)
				atOnce(test.requests, func(i int) {
					grants[i], errs[i] = nodes[i%len(nodes)].Refresh(t.Context(), rotation.Request{Tokens: []string{raw(first)}})
				})
				rotations := 0
				for i, grant := range grants {
					if errs[i] != nil {
						t.Fatalf("request %d: %v", i, errs[i])
					}
					if raw(grant) != raw(grants[0]) || grant.Session.Generation != generation+1 {
						t.Fatalf("request %d got another successor", i)
					}
					if grant.Outcome == rotation.Rotated {
						rotations++
					}
				}
				if rotations != 1 {
					t.Errorf("%d rotations, want 1", rotations)
				}
				rec, _, err := w.store.Session(t.Context(), first.Session.ID)
				if err != nil || rec.Replays != test.requests-1 {
					t.Errorf("%d replays (%v), want %d", rec.Replays, err, test.requests-1)
				}
				first = grants[0]
			}
		})
	}
}

// A session is ended among ten refreshes: whatever they returned is refused
// afterwards.
func TestParallelEnd(t *testing.T) {
	for name, end := range map[string]func(w *world, grant rotation.Grant) error{
		"logout": func(w *world, grant rotation.Grant) error {
			_, err := w.Logout(t.Context(), rotation.SignOut{Tokens: []string{raw(grant)}})
			return err
		},
		"from the list": func(w *world, grant rotation.Grant) error {
			_, err := w.End(t.Context(), "u", grant.Session.ID)
			return err
		},
		"all of the user": func(w *world, _ rotation.Grant) error {
			_, err := w.Revoke(t.Context(), rotation.Selection{UserID: "u"}, wire.ReasonLogout)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 10 {
				first := w.signIn()
				tokens := make([]string, 10)
				atOnce(11, func(i int) {
					if i == 10 {
						if err := end(w, first); err != nil {
							t.Errorf("end: %v", err)
						}
						return
					}
					grant, err := w.refresh(raw(first))
					if err != nil && !errors.Is(err, rotation.ErrRevoked) {
						t.Errorf("refresh: %v", err)
					}
					if err == nil {
						tokens[i] = raw(grant)
					}
				})
				for _, token := range append(tokens, raw(first)) {
					if token != "" {
						w.wantRefused(token, rotation.ErrRevoked, wire.ReasonLogout)
					}
				}
			}
		})
	}
}

// Twenty tabs wake up and fetch the same lost answer. One of them uses it, and the
// others come late.
func TestParallelRecovery(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	lost := w.mustRefresh(raw(first), rotation.Rotated)
	w.advance(5 * time.Minute)
	fetch := func() {
		atOnce(20, func(int) {
			grant, err := w.refresh(raw(first))
			if err != nil || raw(grant) != raw(lost) {
				t.Errorf("refresh: %s, %v, want the successor that was lost", grant.Outcome, err)
			}
		})
	}
	fetch()
	if err := w.Seen(t.Context(), lost.Session.ID, 1); err != nil {
		t.Fatal(err)
	}
	w.advance(30 * time.Second)
	fetch()
	w.mustRefresh(raw(lost), rotation.Rotated)
}

// Parallel replays of a stolen token: one alarm.
func TestParallelReuse(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	second := w.mustRefresh(raw(first), rotation.Rotated)
	w.advance(day)
	errs := make([]error, 20)
	atOnce(len(errs), func(i int) { _, errs[i] = w.refresh(raw(first)) })
	reused := 0
	for _, err := range errs {
		if errors.Is(err, rotation.ErrReused) {
			reused++
		} else {
			wantRefusal(t, err, rotation.ErrRevoked, wire.ReasonReuse)
		}
	}
	if reused != 1 || len(w.events) != 1 {
		t.Errorf("%d were told of the reuse and %d events raised, want 1 and 1", reused, len(w.events))
	}
	w.wantRefused(raw(second), rotation.ErrRevoked, wire.ReasonReuse)
}
