package token_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/token"
)

// kids are the key ids of a keyring, the oldest first.
func kids(t *testing.T, keys *token.Keyring) []string {
	t.Helper()
	set, err := keys.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, key := range set.Keys {
		ids = append(ids, key.KeyID)
	}
	return ids
}

// signer is the key id of the key that signs now.
func signer(t *testing.T, authority *token.Authority) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(mint(t, authority, grant()).Token.Reveal(), jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header["kid"].(string)
}

func TestKeyringKeepsItsKey(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	again := w.keyring(t, token.KeyringConfig{Store: w.open(t)})
	if first, second := kids(t, w.keys), kids(t, again); len(first) != 1 || !slices.Equal(first, second) {
		t.Errorf("keys are %v and after a restart %v", first, second)
	}
	if _, err := w.newAuthority(t, token.Config{Keys: again}).Verify(t.Context(), raw); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// Nodes that start at once on an empty database end up with one key.
func TestKeyringsAtOnce(t *testing.T) {
	w := &world{clock: &clock{now: base}, path: t.TempDir() + "/test.db", secrets: secret.Generate()}
	stores := make([]*sqlitestore.Store, 8)
	for i := range stores {
		stores[i] = w.open(t)
	}
	keyrings, errs := make([]*token.Keyring, len(stores)), make([]error, len(stores))
	var ready, done sync.WaitGroup
	ready.Add(len(stores))
	for i, store := range stores {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			keyrings[i], errs[i] = token.OpenKeyring(t.Context(), token.KeyringConfig{Store: store, Secrets: w.secrets, Now: w.Now})
		})
	}
	done.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
		if got := kids(t, keyrings[i]); len(got) != 1 || got[0] != kids(t, keyrings[0])[0] {
			t.Errorf("node %d has the keys %v, node 0 %v", i, got, kids(t, keyrings[0]))
		}
	}
}

// A new key is published at once, signs later, and the old one goes on verifying.
func TestRotate(t *testing.T) {
	w := newWorld(t)
	old := signer(t, w.authority)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	next, err := w.keys.Rotate(t.Context())
	if err != nil || next == old {
		t.Fatalf("rotated to %s: %v", next, err)
	}
	if got := kids(t, w.keys); !slices.Equal(got, []string{old, next}) {
		t.Errorf("published are %v, want the old and the new one", got)
	}
	w.advance(10*time.Minute - time.Millisecond)
	if got := signer(t, w.authority); got != old {
		t.Error("the new key signs before verifiers can know it")
	}
	w.advance(time.Millisecond)
	if got := signer(t, w.authority); got != next {
		t.Error("the new key does not sign when its time has come")
	}
	if _, err := w.authority.VerifyIgnoringExpiry(t.Context(), raw); err != nil {
		t.Errorf("a token of the old key: %v", err)
	}
	w.advance(-24 * time.Hour)
	if got := signer(t, w.authority); got != old {
		t.Error("with the clock set back nothing signs")
	}
}

// Two nodes rotate at the same moment: one new key, not two.
func TestRotateAtOnce(t *testing.T) {
	w := newWorld(t)
	other := w.keyring(t, token.KeyringConfig{Store: w.open(t)})
	first, err := w.keys.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := other.Rotate(t.Context()) // it still believes that the old key is the newest
	if err != nil || second != first {
		t.Errorf("the second node rotated to %s (%v), want %s", second, err, first)
	}
	if got := kids(t, other); len(got) != 2 {
		t.Errorf("there are %d keys, want 2", len(got))
	}
}

// A node meets a token of a key that another node has added.
func TestUnknownKeyIsLookedUp(t *testing.T) {
	w := newWorld(t)
	other := w.keyring(t, token.KeyringConfig{Store: w.open(t)})
	if _, err := other.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.advance(10 * time.Minute)
	raw := mint(t, w.newAuthority(t, token.Config{Keys: other}), grant()).Token.Reveal()
	if _, err := w.authority.Verify(t.Context(), raw); err != nil {
		t.Errorf("verify: %v", err)
	}
}

// countingStore counts how often the keys are read.
type countingStore struct {
	token.KeyStore
	reads atomic.Int32
}

func (s *countingStore) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	s.reads.Add(1)
	return s.KeyStore.SigningKeys(ctx)
}

// Strangers can send any number of tokens with unknown key ids, all at once, and
// also to a server whose database is away.
func TestUnknownKeysAtOnce(t *testing.T) {
	for _, row := range []struct {
		name  string
		close bool
		want  error
	}{
		{"database there", false, token.ErrInvalid},
		{"database away", true, rotation.ErrUnavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			store := &countingStore{KeyStore: w.store}
			authority := w.newAuthority(t, token.Config{Keys: w.keyring(t, token.KeyringConfig{Store: store})})
			foreign := mint(t, newWorld(t).authority, grant()).Token.Reveal()
			if row.close {
				if err := w.store.Close(); err != nil {
					t.Fatal(err)
				}
			}
			w.advance(time.Second)
			before := store.reads.Load()
			var done sync.WaitGroup
			for range 50 {
				done.Go(func() {
					if _, err := authority.Verify(t.Context(), foreign); !errors.Is(err, row.want) {
						t.Errorf("verify: %v, want %v", err, row.want)
					}
				})
			}
			done.Wait()
			if got := store.reads.Load() - before; got != 1 {
				t.Errorf("the keys were read %d times, want once", got)
			}
		})
	}
}

// The store is closed here, which shows when it is asked.
func TestUnknownKeysDoNotHammerTheStore(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, newWorld(t).authority, grant()).Token.Reveal()
	if err := w.keys.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Second - time.Millisecond)
	if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("soon after a reading: %v, want %v", err, token.ErrInvalid)
	}
	w.advance(time.Millisecond)
	if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("later: %v, want %v", err, rotation.ErrUnavailable)
	}
}

// Another algorithm is configured: new tokens use it once verifiers know the key,
// the old tokens stay valid.
func TestAlgorithmChanged(t *testing.T) {
	w := newWorld(t)
	old := signer(t, w.authority)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	keys := w.keyring(t, token.KeyringConfig{Algorithm: token.EdDSA})
	authority := w.newAuthority(t, token.Config{Keys: keys})
	if signer(t, authority) != old {
		t.Error("the new key signs at once")
	}
	if _, err := authority.Verify(t.Context(), raw); err != nil {
		t.Errorf("an old token: %v", err)
	}
	w.advance(10 * time.Minute)
	if got := signer(t, authority); got != kids(t, keys)[1] {
		t.Error("the new key never signs")
	}
	if again := w.keyring(t, token.KeyringConfig{Algorithm: token.EdDSA}); len(kids(t, again)) != 2 {
		t.Error("the next start adds one more key")
	}
}

// The private part is sealed: without the server secret the database is of no use,
// and rows cannot be exchanged.
func TestSealedKeys(t *testing.T) {
	w := newWorld(t)
	if _, err := w.keys.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, err := w.store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	exchanged := slices.Clone(stored)
	exchanged[0].Sealed, exchanged[1].Sealed = stored[1].Sealed, stored[0].Sealed
	renamed := slices.Clone(stored)
	renamed[0].Algorithm = token.RS256
	for _, test := range []struct {
		name    string
		keys    []token.StoredKey
		secrets secret.Set
		want    error
	}{
		{"as stored", stored, w.secrets, nil},
		{"another secret", stored, secret.Generate(), secret.ErrSealed},
		{"private parts exchanged", exchanged, w.secrets, secret.ErrSealed},
		{"another algorithm", renamed, w.secrets, token.ErrKey},
	} {
		_, err := token.OpenKeyring(t.Context(), token.KeyringConfig{Store: fixedKeys(test.keys), Secrets: test.secrets})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestOpenKeyringConfig(t *testing.T) {
	w := newWorld(t)
	for name, config := range map[string]token.KeyringConfig{
		"Store":     {Secrets: w.secrets},
		"Secrets":   {Store: w.store},
		"algorithm": {Store: w.store, Secrets: w.secrets, Algorithm: "none"},
		"Publish":   {Store: w.store, Secrets: w.secrets, Publish: -1},
		"Keep":      {Store: w.store, Secrets: w.secrets, Keep: -1},
		"RotateEvery is 1m0s, want more than the 10m0s": {Store: w.store, Secrets: w.secrets, RotateEvery: time.Minute},
	} {
		if _, err := token.OpenKeyring(t.Context(), config); !errors.Is(err, token.ErrConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v that names it", name, err, token.ErrConfig)
		}
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := token.OpenKeyring(t.Context(), token.KeyringConfig{Store: w.store, Secrets: w.secrets}); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("database away: %v, want %v", err, rotation.ErrUnavailable)
	}
}
