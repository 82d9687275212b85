package storetest

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func readBack(t *testing.T, s *suite) {
	want := fresh("a")
	wantRecord(t, s.begin(t, want), want)
	wantRecord(t, s.read(t, "a"), want)

	full := fresh("b")
	full.Generation, full.PreviousNonce, full.Replays = 1<<40, "nonce before", 199
	full.PreviousIssuedAt, full.SeenAt = start.Add(-time.Second), start.Add(time.Millisecond)
	full.ReissuedAt = start.Add(2 * time.Millisecond)
	full.KeyThumbprint, full.KeyGeneration = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", 1<<39
	full.RevokedAt, full.Reason = start.Add(time.Hour), wire.ReasonAdmin
	wantRecord(t, s.begin(t, full), full)
	wantRecord(t, s.read(t, "b"), full)
}

func notFound(t *testing.T, s *suite) {
	s.begin(t, fresh("a"))
	for _, id := range []string{"b", "", "A", "a ", "a' OR '1'='1", "%", "a\x00", "\xff"} {
		_, _, err := s.Session(t.Context(), id)
		wantError(t, "read "+id, err, rotation.ErrNotFound)
		if count, err := s.RevokeSessions(t.Context(), rotation.Selection{IDs: []string{id}}, wire.ReasonAdmin, start); err != nil || count != 0 {
			t.Errorf("revoke %q: %d (%v), want none", id, count, err)
		}
	}
}

func createReplaces(t *testing.T, s *suite) {
	s.begin(t, fresh("old 1"))
	s.begin(t, fresh("old 2"))
	bystander := s.begin(t, fresh("bystander"))
	ended := fresh("ended")
	ended.RevokedAt, ended.Reason = start, wire.ReasonLogout
	s.begin(t, ended)

	next := fresh("new")
	next.CreatedAt = start.Add(time.Hour)
	expired := fresh("expired")
	expired.IdleExpiresAt = next.CreatedAt
	s.begin(t, expired)
	s.clock(t, next.CreatedAt)
	_, count, err := s.CreateSession(t.Context(), next, []string{"old 1", "old 2", "ended", "expired", "never existed", "old 1"})
	if err != nil || count != 2 {
		t.Errorf("replaced %d live sessions (%v), want 2", count, err)
	}

	for _, id := range []string{"old 1", "old 2"} {
		rec := s.read(t, id)
		if rec.Reason != wire.ReasonReplaced || rec.RevokedAt.IsZero() {
			t.Errorf("session %s is revoked %v with reason %q, want %q", id, rec.RevokedAt, rec.Reason, wire.ReasonReplaced)
		}
	}
	wantRecord(t, s.read(t, "bystander"), bystander)
	wantRecord(t, s.read(t, "ended"), ended)
	if !s.read(t, "new").Live(start) {
		t.Error("the new session is not live")
	}
}

func createFails(t *testing.T, s *suite) {
	taken := s.begin(t, fresh("taken"))
	old := s.begin(t, fresh("old"))
	other := fresh("taken")
	other.Nonce = "another nonce"
	_, _, err := s.CreateSession(t.Context(), other, []string{"old"})
	wantError(t, "create a session whose id is taken", err, rotation.ErrUnavailable)
	wantRecord(t, s.read(t, "taken"), taken)
	wantRecord(t, s.read(t, "old"), old)
}

func createDisabled(t *testing.T, s *suite) {
	s.wantUsers(t)
	s.db.AddUser(t, s.Store, "u")
	s.db.Disable(t, s.Store, "u")
	friend := fresh("friend")
	friend.UserID = "v"
	friend = s.begin(t, friend)

	_, _, err := s.CreateSession(t.Context(), fresh("a"), []string{"friend"})
	wantError(t, "create", err, rotation.ErrDisabled)
	_, _, err = s.Session(t.Context(), "a")
	wantError(t, "read", err, rotation.ErrNotFound)
	wantRecord(t, s.read(t, "friend"), friend)
}

func readDisabled(t *testing.T, s *suite) {
	s.wantUsers(t)
	s.db.AddUser(t, s.Store, "u")
	s.begin(t, fresh("a"))
	friend := fresh("friend")
	friend.UserID = "v"
	friend = s.begin(t, friend)
	s.db.Disable(t, s.Store, "u")

	if rec := s.read(t, "a"); !rec.UserDisabled || rec.Reason != wire.ReasonDisabled || rec.RevokedAt.IsZero() {
		t.Errorf("a disabled user's session is %+v, want it revoked and marked", rec)
	}
	wantRecord(t, s.read(t, "friend"), friend)
}

// wantUsers skips a test where the store knows no users.
func (s *suite) wantUsers(t *testing.T) {
	t.Helper()
	if s.db.AddUser == nil {
		t.Skip("this store knows no users")
	}
}
