package token_test

import (
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
)

const day = 24 * time.Hour

func maintain(t *testing.T, keys *token.Keyring) token.Upkeep {
	t.Helper()
	done, err := keys.Maintain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// The life of a key, told by when each part of it ends.
func TestMaintain(t *testing.T) {
	w := newWorld(t)
	first := kids(t, w.keys)[0]
	raw := mint(t, w.authority, grant()).Token.Reveal()

	w.advance(30*day - 10*time.Minute - time.Millisecond)
	if done := maintain(t, w.keys); !done.IsZero() {
		t.Fatalf("before anything is due: %+v", done)
	}
	w.advance(time.Millisecond)
	done := maintain(t, w.keys)
	if done.Added == "" || signer(t, w.authority) != first {
		t.Fatalf("a new key is due, and signs later: %+v", done)
	}
	w.advance(10 * time.Minute)
	if signer(t, w.authority) != done.Added {
		t.Fatal("the new key does not sign after 30 days")
	}
	if again := maintain(t, w.keys); !again.IsZero() {
		t.Fatalf("while clocks may differ: %+v", again)
	}

	w.advance(10 * time.Minute)
	if again := maintain(t, w.keys); len(again.Stripped) != 1 || again.Stripped[0] != first || again.Added != "" {
		t.Fatalf("the first key signs no more: %+v", again)
	}
	if stored := w.unsealed(t, first); !isPublic(stored) {
		t.Error("its private part is still there")
	}
	if _, err := w.authority.VerifyIgnoringExpiry(t.Context(), raw); err != nil {
		t.Errorf("a token of it: %v", err)
	}
	if again := maintain(t, w.keys); !again.IsZero() {
		t.Fatalf("a second time: %+v", again)
	}

	w.advance(91*day - 10*time.Minute - time.Millisecond)
	maintain(t, w.keys) // it makes new ones meanwhile
	if _, err := w.authority.VerifyIgnoringExpiry(t.Context(), raw); err != nil {
		t.Errorf("a token of it, to the end: %v", err)
	}
	w.advance(time.Millisecond)
	if again := maintain(t, w.keys); len(again.Removed) != 1 || again.Removed[0] != first {
		t.Fatalf("no token can name the first key any more: %+v", again)
	}
	if got := kids(t, w.keys); got[0] != done.Added {
		t.Errorf("the oldest key is %s, want %s", got[0], done.Added)
	}
}

// The nodes find a rotation due at the same moment: one key is added.
func TestMaintainAtOnce(t *testing.T) {
	w := newWorld(t)
	nodes := []*token.Keyring{w.keys}
	for range 3 {
		keys, _ := w.node(t)
		nodes = append(nodes, keys)
	}
	w.advance(30 * day)
	var ready, done sync.WaitGroup
	ready.Add(len(nodes))
	for _, keys := range nodes {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			if _, err := keys.Maintain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if stored, err := w.store.SigningKeys(t.Context()); err != nil || len(stored) != 2 {
		t.Errorf("there are %d keys (%v), want 2", len(stored), err)
	}
}

func TestMaintainByHand(t *testing.T) {
	w := newWorld(t)
	keys := w.keyring(t, token.KeyringConfig{RotateEvery: -1})
	w.advance(10 * 365 * day)
	if done := maintain(t, keys); !done.IsZero() {
		t.Errorf("%+v, want nothing", done)
	}
}

// A revoked key goes with its time, and so do keys that never came to sign.
func TestMaintainRemovesRevoked(t *testing.T) {
	w := newWorld(t)
	keys := w.keyring(t, token.KeyringConfig{RotateEvery: -1})
	if _, err := keys.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := keys.Revoke(t.Context(), kids(t, keys)[0]); err != nil {
		t.Fatal(err)
	}
	w.advance(92 * day)
	fresh := kids(t, keys)[1]
	if done := maintain(t, keys); len(done.Removed) != 2 {
		t.Errorf("%+v, want the revoked key and the one that never signed removed", done)
	}
	if got := kids(t, keys); len(got) != 1 || got[0] != fresh {
		t.Errorf("keys are %v, want %s", got, fresh)
	}
}

// A secret is replaced: whoever opens the keys with the new one seals them anew,
// and the old one is not needed any more.
func TestReseal(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	if _, err := w.keys.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	both, id := w.secrets.Add()
	both, err := both.Use(id)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := both.Remove(w.secrets.Primary().ID)
	if err != nil {
		t.Fatal(err)
	}
	w.keyring(t, token.KeyringConfig{Secrets: both})
	resealed, err := w.store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range resealed {
		if got := secret.SealedBy(key.Sealed); got != id {
			t.Errorf("key %s is sealed with the secret %s, want %s", key.ID, got, id)
		}
	}
	keys := w.keyring(t, token.KeyringConfig{Secrets: alone})
	if _, err := w.newAuthority(t, token.Config{Keys: keys}).Verify(t.Context(), raw); err != nil {
		t.Errorf("a token from before: %v", err)
	}
	if again, err := w.store.SigningKeys(t.Context()); err != nil || !again[0].Equal(resealed[0]) {
		t.Errorf("sealed once more for nothing (%v)", err)
	}
}

// unsealed is what the database keeps of a key.
func (w *world) unsealed(t *testing.T, id string) []byte {
	t.Helper()
	stored, err := w.store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range stored {
		if key.ID == id {
			plain, err := w.secrets.Open(key.Sealed, "signing key "+id)
			if err != nil {
				t.Fatal(err)
			}
			return plain.Reveal()
		}
	}
	t.Fatalf("there is no key %s", id)
	return nil
}

func isPublic(der []byte) bool {
	_, err := x509.ParsePKIXPublicKey(der)
	return err == nil
}

// A key that was revoked before it came to sign has taken nobody's place.
func TestMaintainKeepsTheKeyThatSigns(t *testing.T) {
	w := newWorld(t)
	keys := w.keyring(t, token.KeyringConfig{RotateEvery: -1})
	next, err := keys.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Revoke(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	w.advance(92 * day)
	if done := maintain(t, keys); !done.IsZero() {
		t.Errorf("%+v, want nothing", done)
	}
	mint(t, w.newAuthority(t, token.Config{Keys: keys}), grant())
}
