package token_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/token"
)

// node is one more server on the world's database.
func (w *world) node(t *testing.T) (*token.Keyring, *token.Authority) {
	t.Helper()
	keys := w.keyring(t, token.KeyringConfig{Store: w.open(t)})
	return keys, w.newAuthority(t, token.Config{Keys: keys})
}

// What one node does reaches the others within a minute, and they ask for nothing
// but tokens and documents.
func TestNodesFollowEachOther(t *testing.T) {
	w := newWorld(t)
	keys, authority := w.node(t)
	next, err := w.keys.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := kids(t, keys); slices.Contains(got, next) {
		t.Fatal("the copy is never used")
	}
	w.advance(time.Minute)
	if got := kids(t, keys); !slices.Contains(got, next) {
		t.Errorf("after a minute the other node publishes %v, want %s too", got, next)
	}
	w.advance(9 * time.Minute)
	if got := signer(t, authority); got != next {
		t.Error("the other node signs with the old key")
	}
}

// A key is published everywhere, and known to whoever caches the document, before
// anything is signed with it.
func TestPublishedBeforeUsed(t *testing.T) {
	for _, publish := range []time.Duration{0, time.Minute, 2 * time.Minute, 5 * time.Minute, time.Hour} {
		w := newWorld(t)
		w.keys = w.keyring(t, token.KeyringConfig{Publish: publish})
		created := w.Now()
		if _, err := w.keys.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		stored, err := w.store.SigningKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const reread = time.Minute // of the other nodes, see TestNodesFollowEachOther
		if lead := stored[1].ActiveFrom.Sub(created); w.keys.MaxAge()+reread > lead && w.keys.MaxAge() != 0 {
			t.Errorf("published %v ahead, but known to everybody only after %v", lead, w.keys.MaxAge()+reread)
		}
		if publish == 0 && w.keys.MaxAge() < time.Minute {
			t.Errorf("others may keep the document for %v only", w.keys.MaxAge())
		}
	}
}

// The database is away when the copy is due: the old one serves.
func TestCopySurvivesTheDatabase(t *testing.T) {
	w := newWorld(t)
	before := kids(t, w.keys)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour)
	if got := kids(t, w.keys); !slices.Equal(got, before) {
		t.Errorf("keys are %v, want %v", got, before)
	}
	if got := signer(t, w.authority); got != before[0] {
		t.Errorf("signs with %s, want %s", got, before[0])
	}
}

// Which key is revoked, and what is left of it.
func TestRevoke(t *testing.T) {
	// There are three keys: an old one, one that signs, and one that will.
	const old, active, next = 0, 1, 2
	for _, test := range []struct {
		name    string
		which   int
		signsAs int // the place of the key that signs afterwards
	}{
		{"an old key", old, active},
		{"the one that signs", active, 3},
		{"one that does not sign yet", next, active},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			var raw [3]string
			raw[old] = mint(t, w.authority, grant()).Token.Reveal()
			for _, advance := range []time.Duration{10 * time.Minute, 0} {
				if _, err := w.keys.Rotate(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.advance(advance)
			}
			raw[active] = mint(t, w.authority, grant()).Token.Reveal()
			_, other := w.node(t)
			revoked := kids(t, w.keys)[test.which]

			if err := w.keys.Revoke(t.Context(), revoked); err != nil {
				t.Fatal(err)
			}
			w.advance(time.Minute)
			for node, authority := range map[string]*token.Authority{"this node": w.authority, "the other node": other} {
				for i, raw := range raw[:next] {
					_, err := authority.VerifyIgnoringExpiry(t.Context(), raw)
					if want := map[bool]error{true: token.ErrInvalid}[i == test.which]; !errors.Is(err, want) {
						t.Errorf("%s, a token of key %d: %v, want %v", node, i, err, want)
					}
				}
				if _, err := authority.Verify(t.Context(), mint(t, other, grant()).Token.Reveal()); err != nil {
					t.Errorf("%s, a new token: %v", node, err)
				}
			}
			if got := kids(t, w.keys); slices.Contains(got, revoked) {
				t.Error("it is still published")
			}
			stored, err := w.store.SigningKeys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if key := stored[test.which]; key.ID != revoked || len(key.Sealed) != 0 || key.RevokedAt.IsZero() {
				t.Errorf("stored is %+v, want it in its place, revoked and empty", key)
			}
			if got := signer(t, other); got != stored[test.signsAs].ID {
				t.Errorf("key %s signs, want number %d", got, test.signsAs)
			}
			// Nothing is different when it is done again, and the chain goes on.
			if err := w.keys.Revoke(t.Context(), revoked); err != nil {
				t.Error(err)
			}
			again, err := w.store.SigningKeys(t.Context())
			if err != nil || !slices.EqualFunc(again, stored, token.StoredKey.Equal) {
				t.Errorf("after revoking it twice: %v (%v)", again, err)
			}
			if id, err := w.keys.Rotate(t.Context()); err != nil || id == stored[len(stored)-1].ID {
				t.Errorf("rotated to %s: %v", id, err)
			}
		})
	}
}

// The only key there is: a fresh one signs at once, and is found by a node that
// has not heard of it.
func TestRevokeTheOnlyKey(t *testing.T) {
	w := newWorld(t)
	_, other := w.node(t)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	if err := w.keys.Revoke(t.Context(), kids(t, w.keys)[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("the old token: %v, want %v", err, token.ErrInvalid)
	}
	w.advance(time.Second)
	if _, err := other.Verify(t.Context(), mint(t, w.authority, grant()).Token.Reveal()); err != nil {
		t.Errorf("a new token at the other node: %v", err)
	}
}

func TestRevokeNoKey(t *testing.T) {
	w := newWorld(t)
	if err := w.keys.Revoke(t.Context(), "no such key"); !errors.Is(err, token.ErrUnknownKey) {
		t.Errorf("%v, want %v", err, token.ErrUnknownKey)
	}
}

func TestKeyStates(t *testing.T) {
	w := newWorld(t)
	for _, advance := range []time.Duration{10 * time.Minute, 10 * time.Minute, 0} {
		if _, err := w.keys.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.advance(advance)
	}
	if err := w.keys.Revoke(t.Context(), kids(t, w.keys)[0]); err != nil {
		t.Fatal(err)
	}
	stored, err := w.store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []token.KeyState{token.KeyRevoked, token.KeyVerifies, token.KeySigns, token.KeyPublished}
	if got := token.KeyStates(stored, w.Now()); !slices.Equal(got, want) {
		t.Errorf("states are %v, want %v", got, want)
	}
	if got := token.KeyStates(nil, w.Now()); len(got) != 0 {
		t.Errorf("of no keys: %v", got)
	}
}
