package rotation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestLogout(t *testing.T) {
	for _, test := range []struct {
		name string
		out  func(first, second, other rotation.Grant) rotation.SignOut
		want int
	}{
		{"current token", func(_, second, _ rotation.Grant) rotation.SignOut {
			return rotation.SignOut{Tokens: []string{raw(second)}}
		}, 1},
		{"predecessor", func(first, _, _ rotation.Grant) rotation.SignOut {
			return rotation.SignOut{Tokens: []string{raw(first)}}
		}, 1},
		{"access token", func(first, _, _ rotation.Grant) rotation.SignOut {
			return rotation.SignOut{SessionID: first.Session.ID}
		}, 1},
		{"both", func(first, second, _ rotation.Grant) rotation.SignOut {
			return rotation.SignOut{Tokens: []string{raw(second)}, SessionID: first.Session.ID}
		}, 1},
		{"two live sessions", func(_, second, other rotation.Grant) rotation.SignOut {
			return rotation.SignOut{Tokens: []string{raw(other), raw(second), "garbage"}}
		}, 2},
		{"nothing", func(_, _, _ rotation.Grant) rotation.SignOut { return rotation.SignOut{} }, 0},
		{"garbage", func(_, _, _ rotation.Grant) rotation.SignOut {
			return rotation.SignOut{Tokens: []string{"garbage"}}
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			first, other := w.signIn(), w.signIn()
			second := w.mustRefresh(raw(first), rotation.Rotated)
			out := test.out(first, second, other)
			for _, want := range []int{test.want, 0} {
				if count, err := w.Logout(t.Context(), out); err != nil || count != want {
					t.Errorf("ended %d (%v), want %d", count, err, want)
				}
			}
			if test.want > 0 {
				w.wantRefused(raw(second), rotation.ErrRevoked, wire.ReasonLogout)
			} else {
				w.mustRefresh(raw(second), rotation.Rotated)
			}
			if test.want < 2 {
				w.mustRefresh(raw(other), rotation.Rotated)
			}
		})
	}
}

func TestRevoke(t *testing.T) {
	w := newWorld(t)
	kept, ended := w.signIn(), w.signIn()
	count, err := w.Revoke(t.Context(), rotation.Selection{UserID: "u", Except: kept.Session.ID}, wire.ReasonPasswordChange)
	if err != nil || count != 1 {
		t.Errorf("revoked %d (%v), want 1", count, err)
	}
	w.wantRefused(raw(ended), rotation.ErrRevoked, wire.ReasonPasswordChange)
	w.mustRefresh(raw(kept), rotation.Rotated)
}

func TestEnd(t *testing.T) {
	w := newWorld(t)
	live, ended := w.signIn(), w.signIn()
	if _, err := w.Logout(t.Context(), rotation.SignOut{Tokens: []string{raw(ended)}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, user, id string
		want           error
	}{
		{"another user's", "v", live.Session.ID, rotation.ErrNotFound},
		{"nobody's", "u", "unknown", rotation.ErrNotFound},
		{"no id", "u", "", rotation.ErrNotFound},
		{"no user", "", live.Session.ID, rotation.ErrNotFound},
		{"one that has ended", "u", ended.Session.ID, nil},
	} {
		if live, err := w.End(t.Context(), test.user, test.id); live || !errors.Is(err, test.want) {
			t.Errorf("%s: %t (%v), want false (%v)", test.name, live, err, test.want)
		}
	}
	next := w.mustRefresh(raw(live), rotation.Rotated)
	for _, want := range []bool{true, false} {
		if got, err := w.End(t.Context(), "u", live.Session.ID); err != nil || got != want {
			t.Errorf("the user's own: %t (%v), want %t", got, err, want)
		}
	}
	w.wantRefused(raw(next), rotation.ErrRevoked, wire.ReasonLogout)
}

func TestLive(t *testing.T) {
	w := newWorld(t)
	live, ended := w.signIn(), w.signIn()
	if _, err := w.Revoke(t.Context(), rotation.Selection{IDs: []string{ended.Session.ID}}, wire.ReasonAdmin); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, id string
		wait     time.Duration
		want     error
		reason   wire.Reason
	}{
		{"live", live.Session.ID, 0, nil, ""},
		{"revoked", ended.Session.ID, 0, rotation.ErrRevoked, wire.ReasonAdmin},
		{"unknown", "unknown", 0, rotation.ErrUnknown, ""},
		{"just before its end", live.Session.ID, 30*day - ms, nil, ""},
		{"at its end", live.Session.ID, ms, rotation.ErrExpired, ""},
	} {
		w.advance(test.wait)
		wantRefusal(t, w.Live(t.Context(), test.id), test.want, test.reason)
	}
}

func TestLastUsedAt(t *testing.T) {
	at := func(after time.Duration) time.Time { return base.Add(after) }
	for _, test := range []struct {
		name string
		rec  rotation.Record
		want time.Time
	}{
		{"signed in", rotation.Record{RotatedAt: at(0)}, at(0)},
		{"used after the refresh", rotation.Record{RotatedAt: at(0), SeenAt: at(time.Minute)}, at(time.Minute)},
		{"a lost answer was fetched", rotation.Record{RotatedAt: at(0), ReissuedAt: at(time.Minute)}, at(time.Minute)},
		{"fetched, then used", rotation.Record{RotatedAt: at(0), ReissuedAt: at(1), SeenAt: at(2)}, at(2)},
		{"used, then refreshed", rotation.Record{RotatedAt: at(time.Hour), PreviousIssuedAt: at(0)}, at(time.Hour)},
	} {
		if got := test.rec.LastUsedAt(); !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
