package server_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
)

// A key goes when no refresh can present a token of it any more, and not before:
// that is the life of a session, of an access token, and the leeway.
func TestKeysAreKeptForTheLifeOfASession(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.Tokens.AbsoluteTTL, c.Tokens.IdleTTL, c.Tokens.RotateKeysEvery = 48*time.Hour, 48*time.Hour, -1
	})
	maintain := func() []string {
		t.Helper()
		if err := s.Auth.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		return published(t, s)
	}
	old := published(t, s)[0]
	if _, err := s.Auth.Keys().Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(10*time.Minute - time.Second)
	b := signedIn(t, s) // the last token of the old key
	s.Clock.Advance(48*time.Hour - time.Second)
	if !slices.Contains(maintain(), old) {
		t.Error("the old key is gone before the last session that may name it")
	}
	wantStatus(t, b.Refresh(), http.StatusOK)
	s.Clock.Advance(5*time.Minute + 31*time.Second)
	if !slices.Contains(maintain(), old) {
		t.Error("the old key is gone before its time")
	}
	s.Clock.Advance(time.Second)
	if slices.Contains(maintain(), old) {
		t.Error("the old key stays for ever")
	}
}

// Maintain rotates by itself, as often as is configured.
func TestKeysAreRotatedOnSchedule(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Tokens.RotateKeysEvery = 24 * time.Hour })
	first := published(t, s)
	for day := range 3 {
		s.Clock.Advance(24*time.Hour - 10*time.Minute)
		if err := s.Auth.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(10 * time.Minute)
		keys := published(t, s)
		if b := signedIn(t, s); len(keys) != day+2 || signedWith(t, b.AccessToken) != keys[day+1] || keys[0] != first[0] {
			t.Errorf("day %d: %d keys, signed with number %d", day, len(keys), slices.Index(keys, signedWith(t, b.AccessToken)))
		}
	}
}
