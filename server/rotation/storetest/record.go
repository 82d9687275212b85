package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

// start is a time with milliseconds, in a zone that no store hands back.
var start = time.Date(2026, 3, 29, 2, 30, 0, 987_000_000, time.FixedZone("", 3600))

// fresh is a session of user u that begins at start.
func fresh(id string) rotation.Record {
	return rotation.Record{
		ID: id, UserID: "u", Nonce: "nonce-0 of " + id,
		CreatedAt: start, RotatedAt: start,
		IdleExpiresAt: start.Add(30 * 24 * time.Hour), ExpiresAt: start.Add(90 * 24 * time.Hour),
		Client: rotation.Client{UserAgent: `Mozilla/5.0 "quoted"; 日本語`, Address: "2001:db8::1"},
	}
}

// rotateTo is the change that makes the next generation, a minute after start.
func rotateTo(nonce string) rotation.Change {
	return rotation.Change{
		Kind: rotation.Rotate, At: start.Add(time.Minute), Nonce: nonce,
		IdleExpiresAt: start.Add(31 * 24 * time.Hour),
		Client:        rotation.Client{UserAgent: "curl/8", Address: "192.0.2.7"},
	}
}

// begin creates a session at its time and returns it as stored.
func (s *suite) begin(t *testing.T, rec rotation.Record, replaces ...string) rotation.Record {
	t.Helper()
	s.clock(t, rec.CreatedAt)
	stored, _, err := s.CreateSession(t.Context(), rec, replaces)
	if err != nil {
		t.Fatalf("create session %s: %v", rec.ID, err)
	}
	return stored
}

// change applies a change to the session as it was read.
func (s *suite) change(t *testing.T, rec rotation.Record, change rotation.Change) rotation.Record {
	t.Helper()
	after, err := s.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change)
	if err != nil {
		t.Fatalf("change session %s: %v", rec.ID, err)
	}
	return after
}

// read reads a session that has to be there.
func (s *suite) read(t *testing.T, id string) rotation.Record {
	t.Helper()
	rec, _, err := s.Session(t.Context(), id)
	if err != nil {
		t.Fatalf("read session %s: %v", id, err)
	}
	return rec
}

// wantRecord compares two records; times as instants that are equal to the
// millisecond.
func wantRecord(t *testing.T, got, want rotation.Record) {
	t.Helper()
	for _, field := range []struct {
		name      string
		got, want *time.Time
	}{
		{"CreatedAt", &got.CreatedAt, &want.CreatedAt},
		{"RotatedAt", &got.RotatedAt, &want.RotatedAt},
		{"PreviousIssuedAt", &got.PreviousIssuedAt, &want.PreviousIssuedAt},
		{"ReissuedAt", &got.ReissuedAt, &want.ReissuedAt},
		{"SeenAt", &got.SeenAt, &want.SeenAt},
		{"IdleExpiresAt", &got.IdleExpiresAt, &want.IdleExpiresAt},
		{"ExpiresAt", &got.ExpiresAt, &want.ExpiresAt},
		{"RevokedAt", &got.RevokedAt, &want.RevokedAt},
	} {
		if !field.got.Equal(*field.want) || field.got.IsZero() != field.want.IsZero() {
			t.Errorf("%s is %v, want %v", field.name, *field.got, *field.want)
		}
		*field.got, *field.want = time.Time{}, time.Time{}
	}
	if got != want {
		t.Errorf("session is\n%+v, want\n%+v", got, want)
	}
}

// wantError wants an error that is target.
func wantError(t *testing.T, doing string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: error is %v, want %v", doing, err, target)
	}
}
