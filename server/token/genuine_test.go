package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/token"
)

// keySource is a source whose answer the test changes.
type keySource func(id string) (token.PublicKey, error)

func (s *keySource) PublicKey(_ context.Context, id string) (token.PublicKey, error) {
	return (*s)(id)
}

// A token that has been verified is verified again: whatever may have changed
// since then counts.
func TestVerifyAgain(t *testing.T) {
	unreadable := errors.New("unreadable")
	for _, test := range []struct {
		name   string
		change func(w *world, keys *keySource)
		want   error
	}{
		{"nothing", func(*world, *keySource) {}, nil},
		{"expired", func(w *world, _ *keySource) { w.advance(time.Hour) }, token.ErrExpired},
		{"issued in the future", func(w *world, _ *keySource) { w.advance(-time.Hour) }, token.ErrInvalid},
		{"the key is gone", func(_ *world, keys *keySource) {
			*keys = func(string) (token.PublicKey, error) { return token.PublicKey{}, token.ErrUnknownKey }
		}, token.ErrInvalid},
		{"another key has its id", func(_ *world, keys *keySource) {
			*keys = func(id string) (token.PublicKey, error) {
				other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				return token.PublicKey{ID: id, Algorithm: token.ES256, Key: other.Public()}, err
			}
		}, token.ErrInvalid},
		{"the key is for another algorithm", func(w *world, keys *keySource) {
			*keys = func(id string) (token.PublicKey, error) {
				key, err := w.keys.PublicKey(t.Context(), id)
				key.Algorithm = token.EdDSA
				return key, err
			}
		}, token.ErrInvalid},
		{"the keys cannot be read", func(_ *world, keys *keySource) {
			*keys = func(string) (token.PublicKey, error) { return token.PublicKey{}, unreadable }
		}, unreadable},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			keys := keySource(func(id string) (token.PublicKey, error) { return w.keys.PublicKey(t.Context(), id) })
			verifier, err := token.NewVerifier(token.VerifierConfig{Issuer: issuer, Keys: &keys, Now: w.Now})
			if err != nil {
				t.Fatal(err)
			}
			raw := mint(t, w.authority, grant()).Token.Reveal()
			first, err := verifier.Verify(t.Context(), raw)
			if err != nil || verifier.Remembered() != 1 {
				t.Fatalf("%v, and %d tokens are remembered", err, verifier.Remembered())
			}
			test.change(w, &keys)
			again, err := verifier.Verify(t.Context(), raw)
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
			if err == nil && !reflect.DeepEqual(again, first) {
				t.Errorf("says %+v, and said %+v", again, first)
			}
		})
	}
}

// What a caller does to the claims must not show in those of the next request.
func TestClaimsBelongToTheCaller(t *testing.T) {
	w := newWorld(t)
	g := grant()
	g.Extra = map[string]any{"role": "reader", "teams": []any{"a", map[string]any{"b": "c"}}}
	raw := mint(t, w.authority, g).Token.Reveal()
	for range 3 { // verified, then recalled, then recalled again
		claims, err := w.authority.Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(claims.Extra, g.Extra) || claims.Audience[0] != issuer {
			t.Fatalf("claims are %+v", claims)
		}
		teams := claims.Extra["teams"].([]any)
		teams[0], teams[1].(map[string]any)["b"] = "admins", "everything"
		claims.Extra["role"], claims.Audience[0] = "admin", "https://other.example"
	}
}

func TestRefusedTokensAreNotRemembered(t *testing.T) {
	w := newWorld(t)
	g := grant()
	g.Extra = map[string]any{"text": strings.Repeat("x", 2<<10)}
	for name, raw := range map[string]string{
		"forged":   mint(t, w.authority, grant()).Token.Reveal() + "A",
		"too long": mint(t, w.authority, g).Token.Reveal(),
	} {
		_, _ = w.authority.Verify(t.Context(), raw) // the second one is good
		if got := w.authority.Remembered(); got != 0 {
			t.Errorf("%s: %d tokens are remembered", name, got)
		}
	}
}

// However many tokens come, the memory is bounded, and has the last ones.
func TestRemembersTheLastTokens(t *testing.T) {
	t.Parallel() // it makes thousands of them
	w := newWorld(t)
	var raw string
	for range 2*token.RememberedTokens + 10 {
		raw = mint(t, w.authority, grant()).Token.Reveal()
		if _, err := w.authority.Verify(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.authority.Remembered(); got < token.RememberedTokens || got > 2*token.RememberedTokens {
		t.Errorf("%d tokens are remembered, want %d to %d", got, token.RememberedTokens, 2*token.RememberedTokens)
	}
	if !w.authority.Remembers(raw) {
		t.Error("the last one is forgotten")
	}
}
