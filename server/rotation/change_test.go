package rotation_test

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestDecideRotates(t *testing.T) {
	for _, test := range []struct {
		name    string
		after   time.Duration
		wantEnd time.Time
	}{
		{"the idle end slides", 20 * day, base.Add(50 * day)},
		{"up to the absolute end", 30*day - ms, base.Add(60*day - ms)},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := base.Add(test.after)
			got := rotation.Decide(session(), rotation.Presented{Token: current}, now, defaults(t)).Change
			want := rotation.Change{Kind: rotation.Rotate, At: now, IdleExpiresAt: test.wantEnd}
			if got != want {
				t.Errorf("change is %+v, want %+v", got, want)
			}
		})
	}
	t.Run("and never past it", func(t *testing.T) {
		rec := with(func(r *rotation.Record) { r.ExpiresAt = base.Add(2 * day) })
		got := rotation.Decide(rec, rotation.Presented{Token: current}, base.Add(day), defaults(t)).Change
		if !got.IdleExpiresAt.Equal(rec.ExpiresAt) {
			t.Errorf("idle end is %v, want %v", got.IdleExpiresAt, rec.ExpiresAt)
		}
	})
}

func TestDecideReplays(t *testing.T) {
	for _, test := range []struct {
		name    string
		rec     rotation.Record
		access  *rotation.Access
		after   time.Duration
		seen    bool
		reissue bool
	}{
		{"without an access token", session(), nil, time.Second, false, true},
		{"with the replaced one", session(), access("u", "s", 6), time.Second, false, true},
		{"with the current one, which shows that it has arrived", session(), access("u", "s", 7), time.Second, true, false},
		{"with one of another session", session(), access("u", "t", 7), time.Second, false, true},
		{"seen before", with(seen), nil, time.Second, true, false},
		{"recovered", session(), nil, 10 * time.Minute, false, true},
		{"the grace goes on, the recovery does not", with(reissued(10 * time.Minute)), nil, 10*time.Minute + ms, false, false},
		{"the proven recovery does", with(reissued(10 * time.Minute)), access("u", "s", 6), 10*time.Minute + ms, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := base.Add(test.after)
			got := rotation.Decide(test.rec, rotation.Presented{Token: previous, Access: test.access}, now, defaults(t)).Change
			want := rotation.Change{Kind: rotation.Replay, At: now, MaxReplays: 200, Seen: test.seen, Reissue: test.reissue}
			if got != want {
				t.Errorf("change is %+v, want %+v", got, want)
			}
		})
	}
}

func TestDecideRevokesReused(t *testing.T) {
	now := base.Add(time.Hour)
	got := rotation.Decide(session(), rotation.Presented{Token: threeBack}, now, defaults(t)).Change
	if want := (rotation.Change{Kind: rotation.Revoke, At: now, Reason: wire.ReasonReuse}); got != want {
		t.Errorf("change is %+v, want %+v", got, want)
	}
}

func TestDecideSwitched(t *testing.T) {
	for _, test := range []struct {
		name  string
		rec   rotation.Record
		token rotation.Token
		want  rotation.ChangeKind
	}{
		{"the current token has been received", session(), current, rotation.See},
		{"which is noted once", with(seen), current, 0},
		{"the previous one shows nothing", session(), previous, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			presented := rotation.Presented{Token: test.token, Access: access("v", "t", 1)}
			if got := rotation.Decide(test.rec, presented, base.Add(time.Hour), defaults(t)).Change.Kind; got != test.want {
				t.Errorf("change is %v, want %v", got, test.want)
			}
		})
	}
}
