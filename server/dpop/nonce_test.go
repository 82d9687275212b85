package dpop_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/secret"
)

// A nonce counts for the slot that it was made in, and for the next one.
func TestNonceGrowsOld(t *testing.T) {
	w := newWorld(t)
	nonce := w.Nonce()
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`).MatchString(nonce) {
		t.Errorf("the nonce is %q", nonce)
	}
	for _, step := range []struct {
		advance      time.Duration
		fresh, stale bool
	}{
		{0, true, false},
		{150*time.Second - 1, true, false},
		{1, false, true},
		{150*time.Second - 1, false, true},
		{1, false, false},
		{time.Hour, false, false},
		{-time.Hour - 300*time.Second - 1, true, false}, // the clock of another server, which is behind
		{-150 * time.Second, false, false},
	} {
		w.advance(step.advance)
		proof, err := w.Verify(w.key.Proof(w.claims(dpoptest.Claims{"nonce": nonce})), request())
		switch {
		case !step.fresh && !step.stale:
			if !errors.Is(err, dpop.ErrNonce) {
				t.Errorf("at %v: %v, want %v", w.now.Sub(base), err, dpop.ErrNonce)
			}
		case err != nil || proof.Stale != step.stale:
			t.Errorf("at %v: stale %t, %v; want %t", w.now.Sub(base), proof.Stale, err, step.stale)
		}
		if again := w.Nonce(); (again == nonce) != (!w.now.Before(base) && w.now.Before(base.Add(150*time.Second))) {
			t.Errorf("at %v the nonce is %q after %q", w.now.Sub(base), again, nonce)
		}
	}
}

// Servers with the same secrets agree, while one of them is replaced too.
func TestNodesAgreeOnNonces(t *testing.T) {
	w := newWorld(t)
	older := w.secrets
	added, next := older.Add()
	used, err := added.Use(next)
	if err != nil {
		t.Fatal(err)
	}
	replays := dpop.NewMemory(0, w.clock)
	for _, test := range []struct {
		name         string
		makes, takes secret.Set
		stale, ok    bool
	}{
		{"the same", older, older, false, true},
		{"one knows the next already", older, added, false, true},
		{"one makes them with the next", older, used, true, true},
		{"and the other does not yet", used, added, true, true},
		{"another secret", secret.Generate(), older, false, false},
	} {
		nonce := w.verifier(t, test.makes, issuer, replays).Nonce()
		proof, err := w.verifier(t, test.takes, issuer, replays).Verify(w.key.Proof(w.claims(dpoptest.Claims{"nonce": nonce})), request())
		if (err == nil) != test.ok || proof.Stale != test.stale {
			t.Errorf("%s: stale %t, %v", test.name, proof.Stale, err)
		}
	}
}
