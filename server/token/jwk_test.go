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
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
)

func TestJWKS(t *testing.T) {
	w := newWorld(t)
	for _, algorithm := range []token.Algorithm{token.EdDSA, token.RS256} {
		w.keys = w.keyring(t, token.KeyringConfig{Algorithm: algorithm})
	}
	set, err := w.keys.JWKS(t.Context())
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
			set, err := w.keys.JWKS(t.Context())
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
