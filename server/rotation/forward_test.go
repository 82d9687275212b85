package rotation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// restored is the default policy of a server whose database was restored an hour
// after the current generation of the table's session was made.
func restored(t *testing.T) rotation.Policy {
	t.Helper()
	policy := defaults(t)
	policy.RestoredAt = base.Add(time.Hour)
	return policy
}

// Row 13b, and what comes before it.
func TestDecideAfterARestore(t *testing.T) {
	const h = time.Hour
	rotatedAt := func(after time.Duration) func(*rotation.Record) {
		return func(r *rotation.Record) { r.RotatedAt = base.Add(after) }
	}
	createdAt := func(after time.Duration) func(*rotation.Record) {
		return func(r *rotation.Record) { r.CreatedAt = base.Add(after) }
	}
	always := func(p *rotation.Policy) { p.Binding = rotation.BindAlways }
	never := func(p *rotation.Policy) { p.RestoredAt = time.Time{} }
	for _, test := range []struct {
		name   string
		policy func(*rotation.Policy)
		rec    rotation.Record
		token  rotation.Token
		access *rotation.Access
		key    string
		after  time.Duration // since the current generation was made
		want   rotation.Outcome
	}{
		{"13b newer", nil, session(), future, nil, "", 2 * h, rotation.Forwarded},
		{"13b much newer", nil, session(), farFuture, nil, "", 2 * h, rotation.Forwarded},
		{"13b with its access token", nil, session(), future, access("u", "s", 8), "", 2 * h, rotation.Forwarded},
		{"13b the current one was seen", nil, with(seen), future, nil, "", 2 * h, rotation.Forwarded},
		{"13b the previous one was replayed since the restore", nil, with(reissued(2*h), replays(200)), future, nil, "", 2 * h, rotation.Forwarded},
		{"13b at the time of the restore", nil, session(), future, nil, "", h, rotation.Forwarded},
		{"13b made just before the restore", nil, with(rotatedAt(h - ms)), future, nil, "", h, rotation.Forwarded},
		{"13b just before the idle end", nil, session(), future, nil, "", 30*day - ms, rotation.Forwarded},
		{"13b with the session's key", nil, with(boundAt(3)), future, nil, "mine", 2 * h, rotation.Forwarded},
		{"13b with a key, which binds it", always, session(), future, nil, "key", 2 * h, rotation.Forwarded},

		{"13 not told", never, session(), future, nil, "", 2 * h, rotation.Unknown},
		{"13 before the restore", nil, session(), future, nil, "", h - ms, rotation.Unknown},
		{"13 rotated since the restore", nil, with(rotatedAt(h)), future, nil, "", 2 * h, rotation.Unknown},
		{"13 begun since the restore, the clock was set back", nil, with(createdAt(h)), future, nil, "", 2 * h, rotation.Unknown},
		{"13 no such session", nil, rotation.Record{}, current, nil, "", 2 * h, rotation.Unknown},
		{"13 another session's row", nil, session(), rotation.Token{SessionID: "t", Generation: 8, Nonce: "n8"}, nil, "", 2 * h, rotation.Unknown},
		{"13 another nonce", nil, session(), fork, nil, "", 2 * h, rotation.Unknown},
		{"13 another nonce of the previous generation", nil, session(), oldFork, nil, "", 2 * h, rotation.Unknown},
		{"13 not told, before revoked", never, with(ended), future, nil, "", 2 * h, rotation.Unknown},

		{"6 revoked", nil, with(ended), future, nil, "", 2 * h, rotation.Revoked},
		{"7 idle end", nil, session(), future, nil, "", 30 * day, rotation.Expired},
		{"8 disabled", nil, with(disabled), future, nil, "", 2 * h, rotation.Revoked},
		{"17 without the session's key", nil, with(boundAt(3)), future, nil, "", 2 * h, rotation.Unproven},
		{"18 with another key", nil, with(boundAt(3)), future, nil, "another", 2 * h, rotation.Mismatched},
		{"19 without a key where one is needed", always, session(), future, nil, "", 2 * h, rotation.Unbound},
		{"10 another user's access token", nil, session(), future, access("v", "t", 0), "", 2 * h, rotation.Switched},

		{"1 current", nil, session(), current, nil, "", 2 * h, rotation.Rotated},
		{"4 previous", nil, session(), previous, access("u", "s", 6), "", 2 * h, rotation.Recovered},
		{"5 previous, seen", nil, with(seen), previous, nil, "", 2 * h, rotation.Reused},
		{"5 three back", nil, session(), threeBack, nil, "", 2 * h, rotation.Reused},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := restored(t)
			if test.policy != nil {
				test.policy(&policy)
			}
			presented := rotation.Presented{Token: test.token, Access: test.access, KeyThumbprint: test.key}
			got := rotation.Decide(test.rec, presented, base.Add(test.after), policy)
			if got.Outcome != test.want {
				t.Fatalf("outcome is %s, want %s", got.Outcome, test.want)
			}
			wantConsequences(t, got, test.rec)
		})
	}
}

func TestDecideForwards(t *testing.T) {
	now, policy := base.Add(20*day), restored(t)
	policy.Binding = rotation.BindOffered
	got := rotation.Decide(session(), rotation.Presented{Token: farFuture, KeyThumbprint: "key"}, now, policy).Change
	want := rotation.Change{Kind: rotation.Rotate, At: now, IdleExpiresAt: base.Add(50 * day), KeyThumbprint: "key", From: farFuture}
	if got != want {
		t.Errorf("change is %+v, want %+v", got, want)
	}
}

// lostTime is a session whose last refreshes, with their tokens, the restored
// database does not have. The first token is the one that it has.
func lostTime(t *testing.T, w *world, refreshes int) (tokens []string) {
	t.Helper()
	grant := w.signIn()
	backup := w.backUp(t, grant.Session.ID)
	tokens = []string{raw(grant)}
	for range refreshes {
		w.advance(time.Minute)
		grant = w.mustRefresh(raw(grant), rotation.Rotated)
		tokens = append(tokens, raw(grant))
	}
	w.restore(t, backup)
	return tokens
}

// forwarded is the session after it has gone forward.
func forwarded(t *testing.T, w *world, grant rotation.Grant) rotation.Grant {
	t.Helper()
	backup := w.backUp(t, grant.Session.ID)
	w.advance(time.Hour)
	for _, outcome := range []rotation.Outcome{rotation.Rotated, rotation.Forwarded} {
		next, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{raw(grant)}})
		if err != nil || next.Outcome != outcome {
			t.Fatalf("refresh: %s, %v, want %s", next.Outcome, err, outcome)
		}
		if grant = next; outcome == rotation.Rotated {
			w.restore(t, backup)
		}
	}
	return grant
}

// The session goes on from the token, and its duplicates come to the same.
func TestForward(t *testing.T) {
	w := newWorld(t)
	tokens := lostTime(t, w, 3)
	forwarded := w.mustRefresh(tokens[3], rotation.Forwarded)
	if forwarded.Session.Generation != 4 || forwarded.MaxAge != 30*day {
		t.Errorf("generation %d for %v, want 4 for 30 days", forwarded.Session.Generation, forwarded.MaxAge)
	}
	if event := forwarded.Event; event.Presented != 3 || event.Current != 0 || event.Suspicious() {
		t.Errorf("event %+v, want from 3 to 0, and nothing to look into", event)
	}
	again := w.mustRefresh(tokens[3], rotation.Replayed)
	w.advance(5 * time.Minute)
	late := w.mustRefresh(tokens[3], rotation.Recovered)
	if raw(again) != raw(forwarded) || raw(late) != raw(forwarded) {
		t.Error("a duplicate got another successor")
	}
	w.mustRefresh(raw(w.mustRefresh(raw(forwarded), rotation.Rotated)), rotation.Rotated)
}

// Twenty at once with one newer token, on one node and on two: one goes forward.
func TestParallelForwards(t *testing.T) {
	for nodes := 1; nodes <= 2; nodes++ {
		t.Run(fmt.Sprint("nodes: ", nodes), func(t *testing.T) {
			w := newWorld(t)
			tokens := lostTime(t, w, 3)
			other, _ := w.node(w.secrets)
			engines := []*rotation.Engine{w.Engine, other}[:nodes]
			grants, errs := make([]rotation.Grant, 20), make([]error, 20)
			atOnce(20, func(i int) {
				grants[i], errs[i] = engines[i%nodes].Refresh(t.Context(), rotation.Request{Tokens: []string{tokens[3]}})
			})
			outcomes := make(map[rotation.Outcome]int)
			for i, grant := range grants {
				if errs[i] != nil || raw(grant) != raw(grants[0]) || grant.Session.Generation != 4 {
					t.Fatalf("request %d: generation %d, %v; want the same successor, of generation 4", i, grant.Session.Generation, errs[i])
				}
				outcomes[grant.Outcome]++
			}
			if outcomes[rotation.Forwarded] != 1 || outcomes[rotation.Replayed] != 19 {
				t.Errorf("outcomes %v, want 1 forwarded and 19 replayed", outcomes)
			}
			w.mustRefresh(raw(grants[0]), rotation.Rotated)
		})
	}
}

// A session goes forward once. After that, and after a refresh with what the
// database has, newer tokens are of another branch.
func TestForwardOnce(t *testing.T) {
	for name, first := range map[string]int{"forwarded": 1, "refreshed": 0} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tokens := lostTime(t, w, 4)
			grant, err := w.refresh(tokens[first])
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range tokens[first+1:] { // the next has the number of the new one
				w.wantRefused(token, rotation.ErrUnknown, "")
			}
			w.mustRefresh(raw(grant), rotation.Rotated)
		})
	}
}

// A thief has a copy that was replaced in the time that was lost.
func TestForwardAndTheft(t *testing.T) {
	t.Run("the owner comes first", func(t *testing.T) {
		w := newWorld(t)
		tokens := lostTime(t, w, 3)
		grant := w.mustRefresh(tokens[3], rotation.Forwarded)
		w.wantRefused(tokens[1], rotation.ErrReused, "")
		w.wantRefused(raw(grant), rotation.ErrRevoked, wire.ReasonReuse)
	})
	t.Run("the thief comes first", func(t *testing.T) {
		w := newWorld(t)
		tokens := lostTime(t, w, 3)
		thief := w.mustRefresh(tokens[1], rotation.Forwarded)
		w.wantRefused(tokens[3], rotation.ErrUnknown, "")
		if got := w.outcomes(); len(got) != 1 || got[0] != rotation.Unknown {
			t.Errorf("events are %v, want that the owner's token is unknown", got)
		}
		w.signIn(tokens[3]) // the browser still has it
		w.wantRefused(raw(thief), rotation.ErrRevoked, wire.ReasonReplaced)
	})
}
