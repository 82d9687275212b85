package dpop_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
)

// Whatever comes in the header: a refusal that is ours, or one of the proofs that
// the key has made, to the letter.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := []string{w.key.Proof(w.claims(nil)), dpoptest.NewEdKey().Proof(w.claims(nil))}
	parts := strings.Split(good[0], ".")
	for _, seed := range []string{
		good[0], good[1], "", ".", "..", "...", parts[0], parts[0] + ".", parts[0] + "." + parts[1] + ".",
		good[0] + "=", good[0] + " ", good[0] + "," + good[1], strings.ToUpper(good[0]),
		w.key.Proof(w.claims(dpoptest.Claims{"nonce": nil})), w.key.Proof(w.claims(dpoptest.Claims{"iat": "x"})),
		w.key.With(map[string]any{"jwk": []int{1}}).Proof(nil), w.key.Sign([]byte("null"), []byte("null")),
		w.key.Sign([]byte(`{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`), []byte("{}")),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		proof, err := w.Verify(raw, request())
		switch {
		case err == nil && !slices.Contains(good, raw):
			t.Errorf("taken as %+v: %q", proof, raw)
		case err != nil && !errors.Is(err, dpop.ErrInvalid) && !errors.Is(err, dpop.ErrNonce):
			t.Errorf("%v", err)
		case err != nil && proof != dpop.Proof{}:
			t.Errorf("refused, and yet %+v", proof)
		}
	})
}

// An address that has been normalized is its own, and what is one address the one
// way round is one the other way round.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"https://a.example/b", "HTTPS://A.example:443/%7e/../x?y#z", "http://[::1]:80", "https://a.example/%2e%2e/%2F/..",
		"https://a.example/a/./b/..", "https://a.example/%", "//a/b", "https://a.example//..//", "https://%41.example/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		once, ok := dpop.Normal(uri)
		if !ok {
			return
		}
		if twice, ok := dpop.Normal(once); !ok || twice != once {
			t.Errorf("%q becomes %q, and that %q (%t)", uri, once, twice, ok)
		}
		if strings.ContainsAny(once, "?#") || strings.Contains(once+"/", "/../") || strings.Contains(once+"/", "/./") {
			t.Errorf("%q becomes %q", uri, once)
		}
	})
}
