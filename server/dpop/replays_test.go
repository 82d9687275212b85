package dpop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
)

func TestMemory(t *testing.T) {
	dpoptest.RunReplays(t, func(*testing.T) dpoptest.Connect {
		memory := dpop.NewMemory(0, nil)
		return func(*testing.T) (dpop.Replays, func()) { return memory, func() {} }
	})
}

// A proof is used once, for as long as its nonce counts on any server, and a proof
// of another key with the same jti is another one.
func TestUse(t *testing.T) {
	w := newWorld(t)
	verify := func(key *dpoptest.Key) dpop.Proof {
		t.Helper()
		proof, err := w.Verify(key.Proof(w.claims(nil)), request())
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	proof := verify(w.key)
	if err := w.Use(t.Context(), proof); err != nil {
		t.Fatal(err)
	}
	if err := w.Use(t.Context(), verify(dpoptest.NewKey())); err != nil {
		t.Errorf("the same jti of another key: %v", err)
	}
	nonce := w.Nonce()
	for range 6 { // until the end of the slot after the next one
		w.advance(75*time.Second - time.Millisecond)
		if count, err := w.Forget(t.Context()); err != nil || count != 0 {
			t.Errorf("at %v forgot %d (%v)", w.now.Sub(base), count, err)
		}
		if err := w.Use(t.Context(), proof); !errors.Is(err, dpop.ErrInvalid) {
			t.Errorf("at %v, again: %v, want %v", w.now.Sub(base), err, dpop.ErrInvalid)
		}
	}
	w.advance(time.Second)
	if _, err := w.Verify(w.key.Proof(w.claims(dpoptest.Claims{"nonce": nonce})), request()); !errors.Is(err, dpop.ErrNonce) {
		t.Errorf("when it is forgotten, its nonce still counts: %v", err)
	}
	if count, err := w.Forget(t.Context()); err != nil || count != 2 {
		t.Errorf("forgot %d (%v), want 2", count, err)
	}
}

// A memory that is full takes no proof, rather than forget one that counts.
func TestMemoryIsBounded(t *testing.T) {
	now := base
	memory := dpop.NewMemory(2, func() time.Time { return now })
	use := func(id byte, want bool, wantErr error) {
		t.Helper()
		first, err := memory.UseProof(t.Context(), dpop.ID{id}, now.Add(time.Minute))
		if first != want || !errors.Is(err, wantErr) {
			t.Errorf("%d: %t, %v; want %t, %v", id, first, err, want, wantErr)
		}
	}
	use(1, true, nil)
	use(2, true, nil)
	use(3, false, dpop.ErrFull)
	use(1, false, nil)
	now = now.Add(time.Minute)
	use(3, true, nil)
}

// away is Replays that cannot be asked.
type away struct{}

var errAway = errors.New("away")

func (away) UseProof(context.Context, dpop.ID, time.Time) (bool, error) { return true, errAway }
func (away) ForgetProofs(context.Context, time.Time) (int, error)       { return 0, errAway }

func TestReplaysAway(t *testing.T) {
	w := newWorld(t)
	v := w.verifier(t, w.secrets, issuer, away{})
	proof, err := v.Verify(w.key.Proof(w.claims(nil)), request())
	if err != nil {
		t.Fatal(err)
	}
	_, forgetErr := v.Forget(t.Context())
	for _, err := range []error{v.Use(t.Context(), proof), forgetErr} {
		if !errors.Is(err, dpop.ErrUnavailable) || !errors.Is(err, errAway) || errors.Is(err, dpop.ErrInvalid) {
			t.Errorf("%v, want %v", err, dpop.ErrUnavailable)
		}
	}
}
