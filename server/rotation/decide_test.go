package rotation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// base is when the current generation of the table's session was made.
var base = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// session is the table's session: generation 7, its predecessor made an hour
// before it, nothing seen yet.
func session() rotation.Record {
	return rotation.Record{
		ID: "s", UserID: "u", Generation: 7, Nonce: "n7", PreviousNonce: "n6",
		CreatedAt: base.Add(-10 * day), RotatedAt: base, PreviousIssuedAt: base.Add(-time.Hour),
		IdleExpiresAt: base.Add(30 * day), ExpiresAt: base.Add(80 * day),
	}
}

func with(changes ...func(*rotation.Record)) rotation.Record {
	rec := session()
	for _, change := range changes {
		change(&rec)
	}
	return rec
}

func seen(r *rotation.Record)    { r.SeenAt = base.Add(ms) }
func quick(r *rotation.Record)   { r.PreviousIssuedAt = base.Add(-10 * time.Second) }
func inOneGo(r *rotation.Record) { r.PreviousIssuedAt = base }

func ended(r *rotation.Record) {
	r.RevokedAt, r.Reason = base.Add(ms), wire.ReasonPasswordChange
}
func disabled(r *rotation.Record) { r.UserDisabled = true }
func reissued(after time.Duration) func(*rotation.Record) {
	return func(r *rotation.Record) { r.ReissuedAt = base.Add(after) }
}

func seenAfter(after time.Duration) func(*rotation.Record) {
	return func(r *rotation.Record) { r.SeenAt = base.Add(after) }
}

func replays(n int) func(*rotation.Record) {
	return func(r *rotation.Record) { r.Replays = n }
}

// The tokens that are presented to it.
var (
	current     = rotation.Token{SessionID: "s", Generation: 7, Nonce: "n7"}
	previous    = rotation.Token{SessionID: "s", Generation: 6, Nonce: "n6"}
	twoBack     = rotation.Token{SessionID: "s", Generation: 5, Nonce: "n5"}
	threeBack   = rotation.Token{SessionID: "s", Generation: 4, Nonce: "n4"}
	fork        = rotation.Token{SessionID: "s", Generation: 7, Nonce: "other"}
	oldFork     = rotation.Token{SessionID: "s", Generation: 6, Nonce: "other"}
	future      = rotation.Token{SessionID: "s", Generation: 8, Nonce: "n8"}
	farFuture   = rotation.Token{SessionID: "s", Generation: 9, Nonce: "n9"}
	anotherOnes = rotation.Token{SessionID: "t", Generation: 7, Nonce: "n7"}
)

// The access tokens that are sent along.
func access(user, session string, generation int64) *rotation.Access {
	return &rotation.Access{UserID: user, SessionID: session, Generation: generation}
}

func TestDecide(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for _, test := range []struct {
		name   string
		rec    rotation.Record
		token  rotation.Token
		access *rotation.Access
		after  time.Duration // since the current generation was made
		want   rotation.Outcome
	}{
		{"1 current", session(), current, nil, h, rotation.Rotated},
		{"1 current, at once", session(), current, nil, 0, rotation.Rotated},
		{"1 current, with its access token", session(), current, access("u", "s", 7), h, rotation.Rotated},
		{"1 current, seen before", with(seen), current, nil, h, rotation.Rotated},
		{"1 current, its predecessor replayed often", with(replays(200)), current, nil, h, rotation.Rotated},
		{"1 current, the user's access token of another session", session(), current, access("u", "t", 3), h, rotation.Rotated},
		{"1 current, just before the idle end", session(), current, nil, 30*day - ms, rotation.Rotated},
		{"1 current, the clock was set back", session(), current, nil, -h, rotation.Rotated},

		{"2 previous, at once", session(), previous, nil, 0, rotation.Replayed},
		{"2 previous, at the end of the grace", session(), previous, nil, 30 * time.Second, rotation.Replayed},
		{"2 previous, within the grace, though seen", with(seen), previous, nil, 30 * time.Second, rotation.Replayed},
		{"2 previous, with the current access token", session(), previous, access("u", "s", 7), 5 * time.Second, rotation.Replayed},
		{"2 previous, the clock was set back", with(seen), previous, nil, -h, rotation.Replayed},
		{"2 previous, fetched once more, at the end of that grace", with(reissued(5 * m)), previous, nil, 5*m + 30*time.Second, rotation.Replayed},
		{"2 previous, fetched once more, though seen since", with(reissued(5*m), seenAfter(5*m+ms)), previous, nil, 5*m + 30*time.Second, rotation.Replayed},
		{"2 previous, fetched once more, the access token came by this very request", with(reissued(5 * m)), previous, access("u", "s", 7), 5*m + 30*time.Second, rotation.Replayed},
		{"2 previous, fetched at the end of the recovery", with(reissued(10 * m)), previous, nil, 10*m + 30*time.Second, rotation.Replayed},
		{"2 previous, the clock was set back after it was fetched", with(reissued(h)), previous, nil, m, rotation.Replayed},
		{"2 previous, the 200th time", with(replays(199)), previous, nil, 0, rotation.Replayed},

		{"3 previous, the 201st time", with(replays(200)), previous, nil, 0, rotation.Stormed},
		{"3 previous, the 201st time, recovering", with(replays(200)), previous, nil, m, rotation.Stormed},

		{"4 previous, just after the grace", session(), previous, nil, 30*time.Second + ms, rotation.Recovered},
		{"4 previous, after ten minutes", session(), previous, nil, 10 * m, rotation.Recovered},
		{"4 previous, fetched before, just after that grace", with(reissued(5 * m)), previous, nil, 5*m + 30*time.Second + ms, rotation.Recovered},
		{"4 previous, fetched before, after ten minutes", with(reissued(5 * m)), previous, nil, 10 * m, rotation.Recovered},
		{"4 previous, fetched before, its access token, after 24 hours", with(reissued(h)), previous, access("u", "s", 6), 24 * h, rotation.Recovered},
		{"4 previous, the 200th time", with(replays(199)), previous, nil, m, rotation.Recovered},
		{"4 previous, its access token, after 24 hours", session(), previous, access("u", "s", 6), 24 * h, rotation.Recovered},
		{"4 previous, an older access token, after ten minutes", session(), previous, access("u", "s", 5), 10 * m, rotation.Recovered},

		{"5 previous, after ten minutes and a bit", session(), previous, nil, 10*m + ms, rotation.Reused},
		{"5 previous, its access token, after 24 hours and a bit", session(), previous, access("u", "s", 6), 24*h + ms, rotation.Reused},
		{"5 previous, an older access token, after ten minutes and a bit", session(), previous, access("u", "s", 5), 10*m + ms, rotation.Reused},
		{"5 previous, an access token of another session", session(), previous, access("u", "t", 6), 10*m + ms, rotation.Reused},
		{"5 previous, seen, just after the grace", with(seen), previous, nil, 30*time.Second + ms, rotation.Reused},
		{"5 previous, seen, with its access token", with(seen), previous, access("u", "s", 6), m, rotation.Reused},
		{"5 previous, seen by this very request", session(), previous, access("u", "s", 7), 30*time.Second + ms, rotation.Reused},
		{"5 previous, seen and replayed often", with(seen, replays(200)), previous, nil, m, rotation.Reused},
		{"5 previous, fetched once more and seen, just after that grace", with(reissued(5*m), seenAfter(5*m+ms)), previous, nil, 5*m + 30*time.Second + ms, rotation.Reused},
		{"5 previous, fetched once more, seen by this very request, just after that grace", with(reissued(5 * m)), previous, access("u", "s", 7), 5*m + 30*time.Second + ms, rotation.Reused},
		{"5 previous, fetched once more, after ten minutes and a bit", with(reissued(5 * m)), previous, nil, 10*m + ms, rotation.Reused},
		{"5 previous, fetched once more, a day later", with(reissued(5 * m)), previous, nil, 24 * h, rotation.Reused},
		{"5 two back", session(), twoBack, nil, 0, rotation.Reused},
		{"5 two back, the one before is too long ago", with(quick), twoBack, nil, 20*time.Second + ms, rotation.Reused},
		{"5 two back, a fetch of the current one counts for its predecessor alone", with(quick, reissued(m)), twoBack, nil, 20*time.Second + ms, rotation.Reused},
		{"5 two back, both made at once, after the grace", with(inOneGo), twoBack, nil, 30*time.Second + ms, rotation.Reused},
		{"5 three back", session(), threeBack, nil, 0, rotation.Reused},
		{"5 three back, all of it quick", with(quick), threeBack, nil, 0, rotation.Reused},

		{"5b two back, at once", with(quick), twoBack, nil, 0, rotation.Superseded},
		{"5b two back, the one before is just in the grace", with(quick), twoBack, nil, 20 * time.Second, rotation.Superseded},
		{"5b two back, both made at once, at the end of the grace", with(inOneGo), twoBack, nil, 30 * time.Second, rotation.Superseded},
		{"5b two back, though seen", with(quick, seen), twoBack, nil, 10 * time.Second, rotation.Superseded},

		{"6 revoked, current", with(ended), current, nil, h, rotation.Revoked},
		{"6 revoked, previous", with(ended), previous, nil, 0, rotation.Revoked},
		{"6 revoked, three back", with(ended), threeBack, nil, h, rotation.Revoked},
		{"6 revoked, before expired", with(ended), current, nil, 100 * day, rotation.Revoked},
		{"6 revoked, before disabled", with(ended, disabled), current, nil, h, rotation.Revoked},
		{"6 revoked, before switched", with(ended), current, access("v", "t", 0), h, rotation.Revoked},

		{"7 idle end", session(), current, nil, 30 * day, rotation.Expired},
		{"7 absolute end", with(func(r *rotation.Record) { r.ExpiresAt = base.Add(h) }), current, nil, h, rotation.Expired},
		{"7 expired, three back", session(), threeBack, nil, 30 * day, rotation.Expired},
		{"7 expired, before disabled", with(disabled), current, nil, 30 * day, rotation.Expired},
		{"7 expired, before switched", session(), current, access("v", "t", 0), 30 * day, rotation.Expired},

		{"8 disabled", with(disabled), current, nil, h, rotation.Revoked},
		{"8 disabled, before switched", with(disabled), current, access("v", "t", 0), h, rotation.Revoked},
		{"8 disabled, three back", with(disabled), threeBack, nil, h, rotation.Revoked},

		{"10 switched", session(), current, access("v", "t", 0), h, rotation.Switched},
		{"10 switched, previous", session(), previous, access("v", "t", 0), h, rotation.Switched},
		{"10 switched, before reused", session(), threeBack, access("v", "t", 0), h, rotation.Switched},
		{"10 switched, same session id", session(), current, access("v", "s", 7), h, rotation.Switched},

		{"12 previous without an access token, after two hours", session(), previous, nil, 2 * h, rotation.Reused},

		{"13 no such session", rotation.Record{}, current, nil, 0, rotation.Unknown},
		{"13 another session's row", session(), anotherOnes, nil, 0, rotation.Unknown},
		{"13 newer than the row", session(), future, nil, 0, rotation.Unknown},
		{"13 much newer than the row", session(), farFuture, nil, 0, rotation.Unknown},
		{"13 another nonce", session(), fork, nil, 0, rotation.Unknown},
		{"13 another nonce of the previous generation", session(), oldFork, nil, 0, rotation.Unknown},
		{"13 unknown, before revoked", with(ended), fork, nil, 0, rotation.Unknown},
		{"13 unknown, before disabled", with(disabled), fork, nil, 0, rotation.Unknown},
		{"13 unknown, before expired", session(), future, nil, 100 * day, rotation.Unknown},
		{"13 unknown, before switched", session(), future, access("v", "t", 0), 0, rotation.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			presented := rotation.Presented{Token: test.token, Access: test.access}
			got := rotation.Decide(test.rec, presented, base.Add(test.after), defaults(t))
			if got.Outcome != test.want {
				t.Fatalf("outcome is %s, want %s", got.Outcome, test.want)
			}
			wantConsequences(t, got, test.rec)
		})
	}
}

// wantConsequences checks what follows from the outcome alone: the error, its
// reason, and whether anything changes.
func wantConsequences(t *testing.T, got rotation.Decision, rec rotation.Record) {
	t.Helper()
	want, known := map[rotation.Outcome]struct {
		err    error
		reason wire.Reason
		change rotation.ChangeKind
	}{
		rotation.Rotated:    {change: rotation.Rotate},
		rotation.Forwarded:  {change: rotation.Rotate},
		rotation.Replayed:   {change: rotation.Replay},
		rotation.Recovered:  {change: rotation.Replay},
		rotation.Stormed:    {err: rotation.ErrStorm},
		rotation.Reused:     {err: rotation.ErrReused, change: rotation.Revoke},
		rotation.Superseded: {err: rotation.ErrSuperseded},
		rotation.Switched:   {err: rotation.ErrSwitched, change: got.Change.Kind}, // see TestDecideSwitched
		rotation.Expired:    {err: rotation.ErrExpired},
		rotation.Revoked:    {err: rotation.ErrRevoked, reason: wire.ReasonDisabled},
		rotation.Unproven:   {err: rotation.ErrUnproven},
		rotation.Unbound:    {err: rotation.ErrUnproven},
		rotation.Mismatched: {err: rotation.ErrMismatched},
		rotation.Unknown:    {err: rotation.ErrUnknown},
	}[got.Outcome]
	if !known {
		t.Fatalf("no expectation for outcome %s", got.Outcome)
	}
	if want.reason != "" && rec.Reason != "" {
		want.reason = rec.Reason
	}
	if !errors.Is(got.Err, want.err) || got.Reason != want.reason {
		t.Errorf("error is %v with reason %q, want %v with %q", got.Err, got.Reason, want.err, want.reason)
	}
	if got.Why == "" {
		t.Error("there are no words for an operator")
	}
	if got.Change.Kind != want.change {
		t.Errorf("change is %v, want %v", got.Change.Kind, want.change)
	}
}
