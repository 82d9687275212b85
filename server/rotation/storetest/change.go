package storetest

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func rotate(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	bystander := s.begin(t, fresh("b"))
	rec = s.change(t, rec, rotation.Change{Kind: rotation.See, At: start.Add(time.Second)})
	rec = s.change(t, rec, rotation.Change{Kind: rotation.Replay, At: start.Add(2 * time.Second), MaxReplays: 9})

	first := rotateTo("nonce-1")
	want := rec
	want.Generation, want.Nonce, want.PreviousNonce = 1, "nonce-1", rec.Nonce
	want.PreviousIssuedAt, want.RotatedAt = rec.RotatedAt, first.At
	want.SeenAt, want.Replays = time.Time{}, 0
	want.IdleExpiresAt, want.Client = first.IdleExpiresAt, first.Client
	after := s.change(t, rec, first)
	wantRecord(t, after, want)
	wantRecord(t, s.read(t, "a"), want)

	second := rotateTo("nonce-2")
	second.At = first.At.Add(time.Millisecond)
	want.Generation, want.Nonce, want.PreviousNonce = 2, "nonce-2", "nonce-1"
	want.PreviousIssuedAt, want.RotatedAt = first.At, second.At
	wantRecord(t, s.change(t, after, second), want)
	wantRecord(t, s.read(t, "a"), want)
	wantRecord(t, s.read(t, "b"), bystander)
}

// bind has a session bound by a rotation, and left bound by the next one.
func bind(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	s.change(t, rec, rotateTo("nonce-1"))
	rec = s.read(t, "a")
	binding := rotateTo("nonce-2")
	binding.KeyThumbprint = "the key"
	after := s.change(t, rec, binding)
	if after.KeyThumbprint != "the key" || after.KeyGeneration != 2 {
		t.Errorf("bound to %q from generation %d, want the key, from 2", after.KeyThumbprint, after.KeyGeneration)
	}
	wantRecord(t, s.read(t, "a"), after)
	for _, change := range []rotation.Change{
		{Kind: rotation.See, At: start},
		{Kind: rotation.Replay, At: start, MaxReplays: 9},
		rotateTo("nonce-3"),
	} {
		after = s.change(t, after, change)
		if after.KeyThumbprint != "the key" || after.KeyGeneration != 2 {
			t.Errorf("after change %d bound to %q from generation %d", change.Kind, after.KeyThumbprint, after.KeyGeneration)
		}
		wantRecord(t, s.read(t, "a"), after)
	}
}

// forward has tokens replaced that are newer than the session, as after a restored
// backup; the second time with a binding.
func forward(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	bystander := s.begin(t, fresh("b"))
	change := rotateTo("nonce-8")
	change.From = rotation.Token{SessionID: "a", Generation: 7, Nonce: "nonce-7"}
	want := rec
	want.Generation, want.Nonce, want.PreviousNonce = 8, "nonce-8", "nonce-7"
	want.PreviousIssuedAt, want.RotatedAt = rec.RotatedAt, change.At
	want.IdleExpiresAt, want.Client = change.IdleExpiresAt, change.Client
	after := s.change(t, rec, change)
	wantRecord(t, after, want)
	wantRecord(t, s.read(t, "a"), want)

	_, err := s.ChangeSession(t.Context(), "a", 7, "nonce-7", change) // what counts is the session's own
	wantError(t, "forward by the newer token", err, rotation.ErrConflict)
	_, err = s.ChangeSession(t.Context(), "a", rec.Generation, rec.Nonce, change)
	wantError(t, "forward once more", err, rotation.ErrConflict)
	wantRecord(t, s.read(t, "a"), want)

	change = rotateTo("nonce-21")
	change.At, change.KeyThumbprint = start.Add(time.Hour), "the key"
	change.From = rotation.Token{SessionID: "a", Generation: 20, Nonce: "nonce-20"}
	want.Generation, want.Nonce, want.PreviousNonce = 21, "nonce-21", "nonce-20"
	want.PreviousIssuedAt, want.RotatedAt = after.RotatedAt, change.At
	want.KeyThumbprint, want.KeyGeneration = "the key", 21
	wantRecord(t, s.change(t, after, change), want)
	wantRecord(t, s.read(t, "a"), want)
	wantRecord(t, s.read(t, "b"), bystander)
}

func replay(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	change := rotation.Change{Kind: rotation.Replay, At: start.Add(time.Second), MaxReplays: 3}
	for count := 1; count <= 3; count++ {
		rec.Replays = count
		wantRecord(t, s.change(t, rec, change), rec)
	}
	_, err := s.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change)
	wantError(t, "a replay too many", err, rotation.ErrConflict)
	wantRecord(t, s.read(t, "a"), rec)

	change.MaxReplays, change.Seen = 9, true
	rec.Replays, rec.SeenAt = 4, change.At
	wantRecord(t, s.change(t, rec, change), rec)
	change.At = change.At.Add(time.Hour)
	rec.Replays = 5
	wantRecord(t, s.change(t, rec, change), rec)
}

func reissue(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	change := rotation.Change{Kind: rotation.Replay, At: start, MaxReplays: 9, Reissue: true}
	for range 2 { // the last one counts
		change.At = change.At.Add(time.Minute)
		rec.Replays, rec.ReissuedAt = rec.Replays+1, change.At
		wantRecord(t, s.change(t, rec, change), rec)
	}
	rec.SeenAt = change.At.Add(time.Second)
	wantRecord(t, s.change(t, rec, rotation.Change{Kind: rotation.See, At: rec.SeenAt}), rec)
	change.At = change.At.Add(time.Hour) // decided on before it was seen
	rec.Replays++
	wantRecord(t, s.change(t, rec, change), rec)
	wantRecord(t, s.read(t, "a"), rec)

	next := rotateTo("nonce-1")
	next.At = start.Add(3 * time.Hour)
	after := s.change(t, rec, next)
	if !after.PreviousIssuedAt.Equal(rec.ReissuedAt) || !after.ReissuedAt.IsZero() {
		t.Errorf("after a rotation: previous issued at %v, reissued at %v; want %v and never",
			after.PreviousIssuedAt, after.ReissuedAt, rec.ReissuedAt)
	}
}

func see(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	rec.SeenAt = start.Add(time.Millisecond)
	wantRecord(t, s.change(t, rec, rotation.Change{Kind: rotation.See, At: rec.SeenAt}), rec)
	wantRecord(t, s.change(t, rec, rotation.Change{Kind: rotation.See, At: start.Add(time.Hour)}), rec)
	wantRecord(t, s.read(t, "a"), rec)
}

func revoke(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	rec.RevokedAt, rec.Reason = start.Add(time.Hour), wire.ReasonReuse
	change := rotation.Change{Kind: rotation.Revoke, At: rec.RevokedAt, Reason: rec.Reason}
	wantRecord(t, s.change(t, rec, change), rec)
	wantRecord(t, s.read(t, "a"), rec)
}

func conflicts(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	rec = s.change(t, rec, rotateTo("nonce-1"))
	over := fresh("over")
	over.RevokedAt, over.Reason = start, wire.ReasonLogout
	s.begin(t, over)

	for _, change := range []rotation.Change{
		rotateTo("nonce-x"),
		{Kind: rotation.Replay, At: start, MaxReplays: 9},
		{Kind: rotation.See, At: start},
		{Kind: rotation.Revoke, At: start, Reason: wire.ReasonReuse},
	} {
		for _, test := range []struct {
			name       string
			id         string
			generation int64
			nonce      string
		}{
			{"unknown session", "b", 1, "nonce-1"},
			{"earlier generation", "a", 0, "nonce-1"},
			{"later generation", "a", 2, "nonce-1"},
			{"previous nonce", "a", 1, rec.PreviousNonce},
			{"no nonce", "a", 1, ""},
			{"revoked session", "over", 0, over.Nonce},
		} {
			_, err := s.ChangeSession(t.Context(), test.id, test.generation, test.nonce, change)
			wantError(t, test.name, err, rotation.ErrConflict)
		}
	}
	wantRecord(t, s.read(t, "a"), rec)
	wantRecord(t, s.read(t, "over"), over)
}
