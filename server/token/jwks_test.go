package token_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/token"
)

// published is the JWKS document of a keyring with one key of each algorithm.
func published(t testing.TB) (document []byte, keys []map[string]any) {
	t.Helper()
	w := newWorld(t)
	for _, algorithm := range []token.Algorithm{token.EdDSA, token.RS256} {
		w.keys = w.keyring(t, token.KeyringConfig{Algorithm: algorithm})
	}
	set, err := w.keys.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if document, err = json.Marshal(set); err != nil {
		t.Fatal(err)
	}
	var decoded struct{ Keys []map[string]any }
	if err := json.Unmarshal(document, &decoded); err != nil {
		t.Fatal(err)
	}
	return document, decoded.Keys
}

func rsaModulus(t testing.TB, bits int) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(key.N.Bytes())
}

func TestParseJWKS(t *testing.T) {
	_, keys := published(t)
	ec, okp, rsa := keys[0], keys[1], keys[2]
	with := func(key map[string]any, pairs ...any) map[string]any {
		changed := maps.Clone(key)
		for i := 0; i < len(pairs); i += 2 {
			if changed[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == nil {
				delete(changed, pairs[i].(string))
			}
		}
		return changed
	}
	other := ec["x"].(string)
	for _, test := range []struct {
		name string
		keys []map[string]any
		want int // how many can be used; below zero: an error
	}{
		{"as published", keys, 3},
		{"of a kind we do not know", []map[string]any{ec, {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AA"}}, 1},
		{"members we do not know", []map[string]any{with(ec, "x5t", "AA", "exp", 1)}, 1},
		{"without alg", []map[string]any{with(ec, "alg", nil), with(okp, "alg", nil), with(rsa, "alg", nil)}, 3},
		{"without use", []map[string]any{with(ec, "use", nil), rsa}, 2},
		{"to verify", []map[string]any{with(ec, "use", nil, "key_ops", []string{"verify"})}, 1},
		{"to encrypt", []map[string]any{with(ec, "use", "enc"), rsa}, 1},
		{"to encrypt, by operation", []map[string]any{with(ec, "key_ops", []string{"encrypt"}), rsa}, 1},
		{"without id", []map[string]any{with(ec, "kid", nil), rsa}, 1},
		{"point that is not on the curve", []map[string]any{with(ec, "y", other), rsa}, 1},
		{"short coordinate", []map[string]any{with(ec, "x", other[:40]), rsa}, 1},
		{"another curve", []map[string]any{with(ec, "crv", "P-384"), rsa}, 1},
		{"algorithm of another curve", []map[string]any{with(ec, "alg", "ES512"), rsa}, 1},
		{"algorithm of another kind", []map[string]any{with(ec, "alg", "RS256"), rsa}, 1},
		{"RSA key for PSS", []map[string]any{with(rsa, "alg", "PS256"), ec}, 1},
		{"RSA key of 1024 bits", []map[string]any{with(rsa, "n", rsaModulus(t, 1024)), ec}, 1},
		{"RSA key of 16384 bits", []map[string]any{with(rsa, "n", encoded(new(big.Int).Lsh(big.NewInt(1), 16383).Bytes())), ec}, 1},
		{"RSA key with exponent 1", []map[string]any{with(rsa, "e", "AQ"), ec}, 1},
		{"RSA key with an even exponent", []map[string]any{with(rsa, "e", "BA"), ec}, 1},
		{"RSA key with an exponent that overflows", []map[string]any{with(rsa, "e", "_____w"), ec}, 1},
		{"short Ed25519 key", []map[string]any{with(okp, "x", other[:20]), ec}, 1},
		{"padded base64", []map[string]any{with(ec, "x", other+"="), rsa}, 1},
		{"wrong types", []map[string]any{with(ec, "x", 1), rsa}, 1},

		{"two keys with one id", []map[string]any{ec, with(okp, "kid", ec["kid"])}, -1},
		{"private key", []map[string]any{ec, with(rsa, "d", "AQAB")}, -1},
		{"symmetric key", []map[string]any{ec, {"kty": "oct", "kid": "k", "alg": "HS256", "k": "AAAA"}}, -1},
		{"none that can be used", []map[string]any{with(ec, "use", "enc")}, -1},
		{"empty", []map[string]any{}, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			document, err := json.Marshal(map[string]any{"keys": test.keys})
			if err != nil {
				t.Fatal(err)
			}
			set, err := token.ParseJWKS(document)
			if test.want < 0 {
				if !errors.Is(err, token.ErrKey) {
					t.Errorf("%v, want %v", err, token.ErrKey)
				}
				return
			}
			if err != nil || len(set) != test.want {
				t.Errorf("%d keys (%v), want %d", len(set), err, test.want)
			}
		})
	}
	for _, text := range []string{"", "null", "[]", "{}", `{"keys":1}`, `{"keys":[null,1,"x"]}`, "<html>"} {
		if _, err := token.ParseJWKS([]byte(text)); !errors.Is(err, token.ErrKey) {
			t.Errorf("%q: %v, want %v", text, err, token.ErrKey)
		}
	}
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// FuzzParseJWKS looks for keys that are taken though they should not be.
func FuzzParseJWKS(f *testing.F) {
	document, _ := published(f)
	f.Add(document)
	for _, text := range []string{
		`{"keys":[]}`, `{"keys":[{}]}`, strings.ToUpper(string(document)), string(document) + "{}",
		strings.Replace(string(document), `"use":"sig"`, `"use":"sig","key_ops":["verify"]`, 1),
		strings.Replace(string(document), `"e":"AQAB"`, `"e":"AQAB","d":"AQAB"`, 1),
		strings.Replace(string(document), `"crv":"P-256"`, `"crv":"P-521"`, 1),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		set, err := token.ParseJWKS(document)
		if err != nil {
			if !errors.Is(err, token.ErrKey) {
				t.Errorf("%v is no %v", err, token.ErrKey)
			}
			return
		}
		for id, key := range set {
			if key.ID != id || !slices.Contains([]token.Algorithm{token.ES256, token.EdDSA, token.RS256}, key.Algorithm) {
				t.Errorf("took %+v under %q", key, id)
			}
			if rsa, ok := key.Key.(*rsa.PublicKey); ok && (rsa.N.BitLen() < 2048 || rsa.E < 3) {
				t.Errorf("took a weak key of %d bits, exponent %d", rsa.N.BitLen(), rsa.E)
			}
		}
	})
}
