package storetest

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// clock makes that time the present of a store that has a clock of its own.
func (s *suite) clock(t *testing.T, at time.Time) time.Time {
	t.Helper()
	if s.db.SetClock != nil {
		s.db.SetClock(t, at)
	}
	return at
}

// ownClock has callers whose clocks are wrong by days, one ahead and one behind.
func ownClock(t *testing.T, s *suite) {
	if s.db.SetClock == nil {
		t.Skip("this store has no clock of its own")
	}
	for i, wrong := range []time.Duration{100 * 24 * time.Hour, -100 * 24 * time.Hour} {
		id, user := string(rune('a'+i)), string(rune('u'+i))
		want := fresh(id)
		want.UserID = user
		want.ReissuedAt = start.Add(time.Minute)
		given := want
		for _, at := range []*time.Time{&given.CreatedAt, &given.RotatedAt, &given.ReissuedAt, &given.IdleExpiresAt, &given.ExpiresAt} {
			*at = at.Add(wrong)
		}
		s.clock(t, start)
		stored, _, err := s.CreateSession(t.Context(), given, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantRecord(t, stored, want)
		wantRecord(t, s.read(t, id), want)
		if _, now, err := s.Session(t.Context(), id); err != nil || !now.Equal(start) {
			t.Errorf("the time is %v (%v), want %v", now, err, start)
		}

		if list, err := s.Sessions(t.Context(), user, start.Add(wrong)); err != nil || len(list) != 1 {
			t.Errorf("%v: listed %d sessions (%v), want the one that lives", wrong, len(list), err)
		}
		s.removeEnded(t, start.Add(wrong))
		wantRecord(t, s.read(t, id), want)
		s.clock(t, want.IdleExpiresAt)
		if list, err := s.Sessions(t.Context(), user, start.Add(wrong)); err != nil || len(list) != 0 {
			t.Errorf("%v: listed %d sessions (%v), want none", wrong, len(list), err)
		}
		at := s.clock(t, start.Add(time.Hour))
		count, err := s.RevokeSessions(t.Context(), rotation.Selection{UserID: user}, wire.ReasonAdmin, start.Add(wrong))
		if err != nil || count != 1 {
			t.Errorf("%v: ended %d live sessions (%v), want one", wrong, count, err)
		}
		want.RevokedAt, want.Reason = at, wire.ReasonAdmin
		wantRecord(t, s.read(t, id), want)
	}
}
