package token_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

func TestMint(t *testing.T) {
	w := newWorld(t)
	_, kid := w.private(t)
	g := grant()
	g.Extra = map[string]any{"role": "admin", "teams": []string{"a", "b"}}
	minted := mint(t, w.authority, g)
	if minted.ExpiresIn != 5*time.Minute {
		t.Errorf("expires in %v, want 5 minutes", minted.ExpiresIn)
	}

	parts := strings.Split(minted.Token.Reveal(), ".")
	decode := func(part string) (object map[string]any) {
		t.Helper()
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err == nil {
			err = json.Unmarshal(text, &object)
		}
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	if got, want := decode(parts[0]), map[string]any{"alg": "ES256", "typ": "at+jwt", "kid": kid}; !reflect.DeepEqual(got, want) {
		t.Errorf("header is %v, want %v", got, want)
	}
	claims := decode(parts[1])
	if id, _ := claims["jti"].(string); len(id) < 22 {
		t.Errorf("jti is %q, want 128 random bits", id)
	}
	delete(claims, "jti")
	now := float64(base.Unix())
	want := map[string]any{
		"iss": issuer, "sub": "u", "aud": issuer, "sid": "s", "gen": 3.0,
		"iat": now, "exp": now + 300, "auth_time": now - 3600,
		"role": "admin", "teams": []any{"a", "b"},
	}
	if !reflect.DeepEqual(claims, want) {
		t.Errorf("claims are %v, want %v", claims, want)
	}
	if other := mint(t, w.authority, g); other.Claims.ID == minted.Claims.ID || other.Token.Equal(minted.Token) {
		t.Error("two tokens are the same")
	}
	if text := fmt.Sprintf("%v %+v %#v", minted, minted, minted); strings.Contains(text, parts[2]) {
		t.Error("printing a minted token prints the token")
	}
}

func TestMintThenVerify(t *testing.T) {
	w := newWorld(t)
	w.authority = w.newAuthority(t, token.Config{Audience: "app", TTL: 90*time.Second + 500*time.Millisecond})
	g := grant()
	g.Extra = map[string]any{"role": "admin"}
	minted := mint(t, w.authority, g)
	claims, err := w.authority.Verify(t.Context(), minted.Token.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	second := base.Truncate(time.Second)
	want := token.Claims{
		Issuer: issuer, UserID: "u", Audience: []string{"app"}, ID: minted.Claims.ID, SessionID: "s", Generation: 3,
		AuthTime: second.Add(-time.Hour), IssuedAt: second, ExpiresAt: second.Add(90 * time.Second),
		Extra: map[string]any{"role": "admin"},
	}
	if !reflect.DeepEqual(claims, want) {
		t.Errorf("verified %+v, want %+v", claims, want)
	}
	if !reflect.DeepEqual(minted.Claims, want) {
		t.Errorf("minted %+v, want %+v", minted.Claims, want)
	}
}

// RFC 9449 section 6.1: the claim, and what it says after it has been verified,
// twice, since the second time the signature is remembered.
func TestMintBound(t *testing.T) {
	w := newWorld(t)
	g := grant()
	g.KeyThumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	minted := mint(t, w.authority, g)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(minted.Token.Reveal(), ".")[1])
	if want := `"cnf":{"jkt":"` + g.KeyThumbprint + `"}`; err != nil || !strings.Contains(string(payload), want) {
		t.Errorf("claims are %s (%v), want %s in them", payload, err, want)
	}
	for range 2 {
		claims, err := w.authority.Verify(t.Context(), minted.Token.Reveal())
		if err != nil || claims.KeyThumbprint != g.KeyThumbprint || claims.Extra != nil {
			t.Errorf("verified %+v, %v", claims, err)
		}
	}
	claims, err := w.authority.VerifyIgnoringExpiry(t.Context(), minted.Token.Reveal())
	if err != nil || claims.KeyThumbprint != g.KeyThumbprint || minted.Claims.KeyThumbprint != g.KeyThumbprint {
		t.Errorf("verified %+v, %v; minted %+v", claims, err, minted.Claims)
	}
}

func TestMintRefuses(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "cnf"} {
		g := grant()
		g.Extra = map[string]any{"role": "admin", name: "mine"}
		if _, err := w.authority.Mint(t.Context(), g); !errors.Is(err, token.ErrReservedClaim) || !strings.Contains(err.Error(), name) {
			t.Errorf("claim %s: %v, want %v that names it", name, err, token.ErrReservedClaim)
		}
	}
	for name, spoil := range map[string]func(*token.Grant){
		"no user":             func(g *token.Grant) { g.UserID = "" },
		"no session":          func(g *token.Grant) { g.SessionID = "" },
		"no time of sign-in":  func(g *token.Grant) { g.AuthTime = time.Time{} },
		"generation below 0":  func(g *token.Grant) { g.Generation = -1 },
		"a claim with a loop": func(g *token.Grant) { g.Extra = map[string]any{"f": func() {}} },
	} {
		g := grant()
		spoil(&g)
		if minted, err := w.authority.Mint(t.Context(), g); err == nil {
			t.Errorf("%s: minted %+v", name, minted.Claims)
		}
	}
	extra := map[string]any{"role": "admin"}
	before := maps.Clone(extra)
	g := grant()
	g.Extra = extra
	mint(t, w.authority, g)
	if !reflect.DeepEqual(extra, before) {
		t.Errorf("minting changed the caller's claims to %v", extra)
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t)
	strict := w.newAuthority(t, token.Config{Leeway: -1})
	// exp is five minutes after the whole second that base is in.
	const untilExpiry = 5*time.Minute - 300*time.Millisecond
	for _, test := range []struct {
		name           string
		after          time.Duration
		want, noLeeway error
	}{
		{"new", 0, nil, nil},
		{"just before the end", untilExpiry - time.Millisecond, nil, nil},
		{"10 s over", untilExpiry + 10*time.Second, nil, token.ErrExpired},
		{"just before the end of the leeway", untilExpiry + 30*time.Second - time.Millisecond, nil, token.ErrExpired},
		{"at the end of the leeway", untilExpiry + 30*time.Second, token.ErrExpired, token.ErrExpired},
		{"60 s over", untilExpiry + time.Minute, token.ErrExpired, token.ErrExpired},
		{"issued 30 s ahead", -30 * time.Second, nil, token.ErrInvalid},
		{"issued 31 s ahead", -31 * time.Second, token.ErrInvalid, token.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := mint(t, w.authority, grant()).Token.Reveal()
			w.advance(test.after)
			defer w.advance(-test.after)
			for verifier, want := range map[*token.Authority]error{w.authority: test.want, strict: test.noLeeway} {
				_, err := verifier.Verify(t.Context(), raw)
				if !errors.Is(err, want) {
					t.Errorf("verify: %v, want %v", err, want)
				}
				if err != nil && !errors.Is(err, token.ErrInvalid) {
					t.Errorf("verify: %v, which is no %v", err, token.ErrInvalid)
				}
			}
			if claims, err := w.authority.VerifyIgnoringExpiry(t.Context(), raw); err != nil || claims.SessionID != "s" {
				t.Errorf("ignoring expiry: %v", err)
			}
		})
	}
}

// A refresh accepts the expired token of another audience, so that changing the
// audience signs nobody out, but of no other issuer.
func TestVerifyIgnoringExpiry(t *testing.T) {
	w := newWorld(t)
	year := func(a *token.Authority) string {
		raw := mint(t, a, grant()).Token.Reveal()
		w.advance(365 * 24 * time.Hour)
		return raw
	}
	for _, test := range []struct {
		name string
		raw  string
		want error
	}{
		{"own", year(w.authority), nil},
		{"another audience", year(w.newAuthority(t, token.Config{Audience: "other"})), nil},
		{"another issuer", year(w.newAuthority(t, token.Config{Issuer: "https://other.example"})), token.ErrInvalid},
		{"another deployment", year(newWorld(t).authority), token.ErrInvalid},
		{"garbage", "garbage", token.ErrInvalid},
		{"none", "", token.ErrInvalid},
	} {
		claims, err := w.authority.VerifyIgnoringExpiry(t.Context(), test.raw)
		if !errors.Is(err, test.want) || (err == nil) != (claims.UserID == "u") {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestVerifyAfterDatabaseWentAway(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	other := newWorld(t)
	foreign := mint(t, other.authority, grant()).Token.Reveal()
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Minute)
	if _, err := w.authority.Verify(t.Context(), raw); err != nil {
		t.Errorf("a known key: %v", err)
	}
	// It may be signed with a key that was added meanwhile: nobody can say.
	if _, err := w.authority.Verify(t.Context(), foreign); !errors.Is(err, rotation.ErrUnavailable) || errors.Is(err, token.ErrInvalid) {
		t.Errorf("an unknown key: %v, want %v", err, rotation.ErrUnavailable)
	}
}

func TestNew(t *testing.T) {
	w := newWorld(t)
	for name, config := range map[string]token.Config{
		"Issuer": {Keys: w.keys},
		"Keys":   {Issuer: issuer},
		"TTL":    {Issuer: issuer, Keys: w.keys, TTL: time.Millisecond},
	} {
		if _, err := token.New(config); !errors.Is(err, token.ErrConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v that names it", name, err, token.ErrConfig)
		}
	}
}
