package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
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
	set, err := keys.JWKS()
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

// Strangers can send any number of unknown key ids. The store is not asked for
// each: it is closed here, which shows when it is asked.
func TestUnknownKeysDoNotHammerTheStore(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, newWorld(t).authority, grant()).Token.Reveal()
	if err := w.keys.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.advance(10*time.Second - time.Millisecond)
	if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("soon after a reading: %v, want %v", err, token.ErrInvalid)
	}
	w.advance(time.Millisecond)
	if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("later: %v, want %v", err, rotation.ErrUnavailable)
	}
}

func TestAlgorithms(t *testing.T) {
	for _, algorithm := range []token.Algorithm{"", token.ES256, token.EdDSA, token.RS256} {
		t.Run(string(algorithm), func(t *testing.T) {
			w := &world{clock: &clock{now: base}, path: t.TempDir() + "/test.db", secrets: secret.Generate()}
			w.store = w.open(t)
			w.keys = w.keyring(t, token.KeyringConfig{Algorithm: algorithm})
			authority := w.newAuthority(t, token.Config{})
			raw := mint(t, authority, grant()).Token.Reveal()
			if _, err := authority.Verify(t.Context(), raw); err != nil {
				t.Errorf("verify: %v", err)
			}
			// Somebody else verifies it with what the JWKS document says.
			set, err := w.keys.JWKS()
			if err != nil {
				t.Fatal(err)
			}
			_, err = jwt.Parse(raw, func(*jwt.Token) (any, error) { return publicKey(t, set.Keys[0]), nil },
				jwt.WithValidMethods([]string{string(set.Keys[0].Algorithm)}), jwt.WithTimeFunc(w.Now))
			if err != nil {
				t.Errorf("verify by the JWKS document: %v", err)
			}
		})
	}
	if _, err := token.ParseAlgorithm("HS256"); !errors.Is(err, token.ErrConfig) {
		t.Errorf("HS256: %v, want %v", err, token.ErrConfig)
	}
}

// publicKey reads a JWK as RFC 7518 section 6 and RFC 8037 section 2 describe it.
func publicKey(t *testing.T, jwk token.JWK) crypto.PublicKey {
	t.Helper()
	decode := func(text string) []byte {
		t.Helper()
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	switch jwk.KeyType {
	case "EC":
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, decode(jwk.X), decode(jwk.Y)))
		if err != nil {
			t.Fatal(err)
		}
		return key
	case "OKP":
		return ed25519.PublicKey(decode(jwk.X))
	case "RSA":
		return &rsa.PublicKey{N: new(big.Int).SetBytes(decode(jwk.N)), E: int(new(big.Int).SetBytes(decode(jwk.E)).Int64())}
	default:
		t.Fatalf("unknown kty %q", jwk.KeyType)
		return nil
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

func TestJWKS(t *testing.T) {
	w := newWorld(t)
	for _, algorithm := range []token.Algorithm{token.EdDSA, token.RS256} {
		w.keys = w.keyring(t, token.KeyringConfig{Algorithm: algorithm})
	}
	set, err := w.keys.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	var decoded struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	want := []string{"alg crv kid kty use x y", "alg crv kid kty use x", "alg e kid kty n use"}
	if len(decoded.Keys) != len(want) {
		t.Fatalf("there are %d keys, want %d", len(decoded.Keys), len(want))
	}
	for i, key := range decoded.Keys {
		var members []string
		for name := range key {
			members = append(members, name)
		}
		slices.Sort(members)
		if got := strings.Join(members, " "); got != want[i] || key["use"] != "sig" {
			t.Errorf("key %d has the members %s, want %s", i, got, want[i])
		}
		// RFC 7638 section 3: the required members alone, in the order that
		// encoding/json gives a map.
		thumbprinted := maps.Clone(key)
		for _, name := range []string{"alg", "kid", "use"} {
			delete(thumbprinted, name)
		}
		canonical, err := json.Marshal(thumbprinted)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(canonical)
		if got := base64.RawURLEncoding.EncodeToString(sum[:]); key["kid"] != got {
			t.Errorf("key %d has the id %s, want its thumbprint %s", i, key["kid"], got)
		}
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
	exchanged[0].Private, exchanged[1].Private = stored[1].Private, stored[0].Private
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
