package rotation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// boundAt is a session that is bound to "mine" since that generation.
func boundAt(generation int64) func(*rotation.Record) {
	return func(r *rotation.Record) { r.KeyThumbprint, r.KeyGeneration = "mine", generation }
}

// Rows 17 to 19, and what comes before and after them.
func TestDecideByKey(t *testing.T) {
	const m, h = time.Minute, time.Hour
	none, offered, always := rotation.BindNone, rotation.BindOffered, rotation.BindAlways
	for _, test := range []struct {
		name    string
		binding rotation.Binding
		rec     rotation.Record
		token   rotation.Token
		access  *rotation.Access
		key     string // that was proved; empty: none
		after   time.Duration
		want    rotation.Outcome
	}{
		{"1 with its key", offered, with(boundAt(0)), current, nil, "mine", h, rotation.Rotated},
		{"1 with its key, though nothing is bound any more", none, with(boundAt(0)), current, nil, "mine", h, rotation.Rotated},
		{"1 with its key, where everything is", always, with(boundAt(7)), current, nil, "mine", h, rotation.Rotated},
		{"1 not bound, no key", offered, session(), current, nil, "", h, rotation.Rotated},
		{"1 not bound, and a key that nobody asks for", none, session(), current, nil, "mine", h, rotation.Rotated},
		{"2 with its key", offered, with(boundAt(0)), previous, nil, "mine", m / 2, rotation.Replayed},
		{"4 with its key, of an answer that was lost when it bound", offered, with(boundAt(7)), previous, nil, "mine", 10 * m, rotation.Recovered},
		{"5 with its key", offered, with(boundAt(0)), threeBack, nil, "mine", 0, rotation.Reused},
		{"5b with its key", offered, with(boundAt(0), quick), twoBack, nil, "mine", 0, rotation.Superseded},
		{"10 with its key", offered, with(boundAt(0)), current, access("v", "t", 0), "mine", h, rotation.Switched},

		{"17 current", offered, with(boundAt(0)), current, nil, "", h, rotation.Unproven},
		{"17 current, with its access token", offered, with(boundAt(0)), current, access("u", "s", 7), "", h, rotation.Unproven},
		{"17 current, though nothing is bound any more", none, with(boundAt(0)), current, nil, "", h, rotation.Unproven},
		{"17 current, where everything is", always, with(boundAt(0)), current, nil, "", h, rotation.Unproven},
		{"17 previous, in the grace", offered, with(boundAt(0)), previous, nil, "", 0, rotation.Unproven},
		{"17 previous, seen, later", offered, with(boundAt(0), seen), previous, nil, "", h, rotation.Unproven},
		{"17 three back", offered, with(boundAt(0)), threeBack, nil, "", h, rotation.Unproven},
		{"17 before switched", offered, with(boundAt(0)), current, access("v", "t", 0), "", h, rotation.Unproven},
		{"17 too often", offered, with(boundAt(0), replays(200)), previous, nil, "", 0, rotation.Unproven},
		{"18 current", offered, with(boundAt(0)), current, nil, "another", h, rotation.Mismatched},
		{"18 current, though nothing is bound any more", none, with(boundAt(0)), current, nil, "another", h, rotation.Mismatched},
		{"18 previous, in the grace", offered, with(boundAt(0)), previous, nil, "another", 0, rotation.Mismatched},
		{"18 three back", offered, with(boundAt(0)), threeBack, nil, "another", h, rotation.Mismatched},
		{"18 before switched", offered, with(boundAt(0)), current, access("v", "t", 0), "another", h, rotation.Mismatched},
		{"19 current", always, session(), current, nil, "", h, rotation.Unbound},
		{"19 previous, in the grace", always, session(), previous, nil, "", 0, rotation.Unbound},

		{"13 before 17", offered, with(boundAt(0)), fork, nil, "", 0, rotation.Unknown},
		{"6 before 17", offered, with(boundAt(0), ended), current, nil, "", h, rotation.Revoked},
		{"7 before 18", offered, with(boundAt(0)), current, nil, "another", 30 * day, rotation.Expired},
		{"8 before 19", always, with(disabled), current, nil, "", h, rotation.Revoked},

		// What was given out before the session was bound is answered with nothing,
		// and still raises the alarm.
		{"17 of before, in the grace", offered, with(boundAt(7)), previous, nil, "", 0, rotation.Unproven},
		{"17 of before, seen, in the grace", offered, with(boundAt(7), seen), previous, nil, "", 30 * time.Second, rotation.Unproven},
		{"17 of before, not seen", offered, with(boundAt(7)), previous, nil, "", 10 * m, rotation.Unproven},
		{"5 of before, seen", offered, with(boundAt(7), seen), previous, nil, "", 30*time.Second + ms, rotation.Reused},
		{"5 of before, seen, with another key", offered, with(boundAt(7), seen), previous, nil, "another", m, rotation.Reused},
		{"5 of before, much later", offered, with(boundAt(7)), previous, nil, "", 10*m + ms, rotation.Reused},
		{"5 of long before", offered, with(boundAt(6)), threeBack, nil, "", 0, rotation.Reused},
		{"5 of before, though nothing is bound any more", none, with(boundAt(6)), threeBack, nil, "another", 0, rotation.Reused},
		{"17 of just after", offered, with(boundAt(6), seen), previous, nil, "", h, rotation.Unproven},
		{"5 not bound yet, where everything is", always, with(seen), previous, nil, "", h, rotation.Reused},
		{"17 of before, before switched", offered, with(boundAt(7), seen), previous, access("v", "t", 0), "", h, rotation.Unproven},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := defaults(t)
			policy.Binding = test.binding
			presented := rotation.Presented{Token: test.token, Access: test.access, KeyThumbprint: test.key}
			got := rotation.Decide(test.rec, presented, base.Add(test.after), policy)
			if got.Outcome != test.want {
				t.Fatalf("outcome is %s, want %s", got.Outcome, test.want)
			}
			wantConsequences(t, got, test.rec)
			if got.Change.KeyThumbprint != "" {
				t.Errorf("binds to %q", got.Change.KeyThumbprint)
			}
		})
	}
}

// Which rotation binds a session.
func TestDecideBinds(t *testing.T) {
	for _, test := range []struct {
		name    string
		binding rotation.Binding
		rec     rotation.Record
		token   rotation.Token
		key     string
		want    string
	}{
		{"a proof came", rotation.BindOffered, session(), current, "mine", "mine"},
		{"a proof came, as it has to", rotation.BindAlways, session(), current, "mine", "mine"},
		{"none came", rotation.BindOffered, session(), current, "", ""},
		{"nothing is bound", rotation.BindNone, session(), current, "mine", ""},
		{"it is bound already", rotation.BindOffered, with(boundAt(3)), current, "mine", ""},
		{"a replay gives out what is there", rotation.BindOffered, session(), previous, "mine", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := defaults(t)
			policy.Binding = test.binding
			presented := rotation.Presented{Token: test.token, KeyThumbprint: test.key}
			if got := rotation.Decide(test.rec, presented, base, policy).Change.KeyThumbprint; got != test.want {
				t.Errorf("binds to %q, want %q", got, test.want)
			}
		})
	}
}

// prover is a client's proof, and counts how often it is asked for.
type prover struct {
	key   string
	err   error
	asked int
}

func (p *prover) prove(context.Context) (string, error) {
	p.asked++
	return p.key, p.err
}

func (w *world) refreshWith(token string, p *prover) (rotation.Grant, error) {
	return w.Refresh(w.t.Context(), rotation.Request{Tokens: []string{token}, Proof: p.prove})
}

// A session that began without a key is bound by the first rotation that brings
// one, and stays so at every node.
func TestBinding(t *testing.T) {
	w := newWorldWith(t, rotation.Policy{Binding: rotation.BindOffered})
	grant := w.signIn()
	grant = w.mustRefresh(raw(grant), rotation.Rotated)
	grant, err := w.refreshWith(raw(grant), &prover{key: "mine"})
	if err != nil || grant.Session.KeyThumbprint != "mine" || grant.Session.KeyGeneration != 2 {
		t.Fatalf("bound: %+v, %v", grant.Session, err)
	}
	w.policy.Binding = rotation.BindNone
	w.Engine, _ = w.node(w.secrets)
	w.wantRefused(raw(grant), rotation.ErrUnproven, "")
	if _, err := w.refreshWith(raw(grant), &prover{key: "another"}); !errors.Is(err, rotation.ErrMismatched) {
		t.Errorf("with another key: %v", err)
	}
	next, err := w.refreshWith(raw(grant), &prover{key: "mine"})
	if err != nil || next.Outcome != rotation.Rotated || next.Session.KeyGeneration != 2 {
		t.Errorf("with the key: %+v, %v", next, err)
	}
	if got := w.outcomes(); len(got) != 2 || got[0] != rotation.Unproven || got[1] != rotation.Mismatched {
		t.Errorf("an operator hears of %v", got)
	}
}

func TestBoundFromTheBeginning(t *testing.T) {
	w := newWorldWith(t, rotation.Policy{Binding: rotation.BindAlways})
	grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u", KeyThumbprint: "mine"})
	if err != nil || grant.Session.KeyThumbprint != "mine" || grant.Session.KeyGeneration != 0 {
		t.Fatalf("%+v, %v", grant.Session, err)
	}
	w.wantRefused(raw(grant), rotation.ErrUnproven, "")
	if _, err := w.refreshWith(raw(grant), &prover{key: "mine"}); err != nil {
		t.Error(err)
	}
}

// A proof is used up by being looked at, so that is done where it matters alone.
func TestProofIsAskedForOnce(t *testing.T) {
	failed := errors.New("no good")
	for _, test := range []struct {
		name    string
		binding rotation.Binding
		begin   string // the key of the sign-in
		spoil   func(w *world, grant rotation.Grant)
		want    int
		err     error
	}{
		{"a session that can be bound", rotation.BindOffered, "", nil, 1, failed},
		{"one that is", rotation.BindNone, "mine", nil, 1, failed},
		{"one that cannot be", rotation.BindNone, "", nil, 0, nil},
		{"one that is over", rotation.BindOffered, "mine", func(w *world, grant rotation.Grant) {
			if _, err := w.Logout(w.t.Context(), rotation.SignOut{Tokens: []string{raw(grant)}}); err != nil {
				w.t.Fatal(err)
			}
		}, 0, rotation.ErrRevoked},
		{"one that the store does not know", rotation.BindOffered, "mine", func(w *world, grant rotation.Grant) {
			w.Engine, _ = newWorldOf(w).node(w.secrets)
		}, 0, rotation.ErrUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorldWith(t, rotation.Policy{Binding: test.binding})
			grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u", KeyThumbprint: test.begin})
			if err != nil {
				t.Fatal(err)
			}
			if test.spoil != nil {
				test.spoil(w, grant)
			}
			p := &prover{err: failed}
			if _, err := w.refreshWith(raw(grant), p); !errors.Is(err, test.err) || p.asked != test.want {
				t.Errorf("asked %d times, %v; want %d, %v", p.asked, err, test.want, test.err)
			}
		})
	}
	t.Run("not a token of ours", func(t *testing.T) {
		w, p := newWorldWith(t, rotation.Policy{Binding: rotation.BindOffered}), &prover{}
		if _, err := w.refreshWith("garbage", p); !errors.Is(err, rotation.ErrMalformed) || p.asked != 0 {
			t.Errorf("asked %d times, %v", p.asked, err)
		}
	})
}

// newWorldOf is a world with another database and the same secrets.
func newWorldOf(w *world) *world {
	other := newWorldWith(w.t, w.policy)
	other.secrets = w.secrets
	return other
}

// A thief who is first to bring a proof binds the session, and the owner, who has
// none, is refused; but the owner's old token ends it.
func TestAThiefBindsTheSession(t *testing.T) {
	w := newWorldWith(t, rotation.Policy{Binding: rotation.BindOffered})
	grant := w.signIn()
	stolen, err := w.refreshWith(raw(grant), &prover{key: "a thief's"})
	if err != nil {
		t.Fatal(err)
	}
	w.wantRefused(raw(grant), rotation.ErrUnproven, "")
	w.advance(time.Minute)
	if err := w.Seen(t.Context(), stolen.Session.ID, stolen.Session.Generation); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(raw(grant), rotation.ErrReused, "")
	_, err = w.refreshWith(raw(stolen), &prover{key: "a thief's"})
	wantRefusal(t, err, rotation.ErrRevoked, wire.ReasonReuse)
}
