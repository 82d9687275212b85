package rotation_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
)

func TestTokenContent(t *testing.T) {
	w := newWorld(t)
	grant := w.mustRefresh(raw(w.signIn()), rotation.Rotated)
	parts := strings.Split(raw(grant), ".")
	for i, want := range []string{
		fmt.Sprintf(`{"alg":"HS256","kid":"%s","typ":"rt+jwt"}`, w.secrets.Primary().ID),
		fmt.Sprintf(`{"sid":"%s","gen":1,"nonce":"%s"}`, grant.Session.ID, grant.Session.Nonce),
	} {
		got, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || string(got) != want {
			t.Errorf("part %d is %s (%v), want %s", i, got, err, want)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", grant, grant, grant); strings.Contains(text, parts[2]) {
		t.Error("printing a grant prints the refresh token")
	}
}

// Any change of a token makes it malformed, and the database is not asked: it is
// closed here, which would show.
func TestTokenChanged(t *testing.T) {
	w := newWorld(t)
	token := raw(w.signIn())
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(token, rotation.ErrUnavailable, "") // as it is, it gets that far
	check := func(name, changed string) {
		t.Helper()
		if _, err := w.refresh(changed); !errors.Is(err, rotation.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, rotation.ErrMalformed)
		}
	}
	for i := range len(token) {
		for bit := range 8 {
			flipped := []byte(token)
			flipped[i] ^= 1 << bit
			check(fmt.Sprintf("bit %d of byte %d flipped", bit, i), string(flipped))
		}
		check(fmt.Sprintf("byte %d missing", i), token[:i]+token[i+1:])
		check(fmt.Sprintf("cut to %d bytes", i), token[:i])
		for _, extra := range []string{"\n", "\r", "=", " ", "A", "."} {
			check(fmt.Sprintf("%q before byte %d", extra, i), token[:i]+extra+token[i:])
		}
	}
	for _, extra := range []string{"\n", "=", " ", "A", ".", ".A", strings.Repeat("A", 1<<20)} {
		check(fmt.Sprintf("%.4q at the end", extra), token+extra)
	}
}

// Tokens that are signed, but are not ours.
func TestTokenForged(t *testing.T) {
	w := newWorld(t)
	grant := w.signIn()
	mac := func(secrets secret.Set, purpose, issuer string) []byte {
		key, err := secrets.Primary().Derive(purpose, issuer, 32)
		if err != nil {
			t.Fatal(err)
		}
		return key.Reveal()
	}
	ours := mac(w.secrets, "refresh token", issuer)
	header := func(changes ...string) map[string]any {
		h := map[string]any{"typ": "rt+jwt", "kid": w.secrets.Primary().ID}
		for i := 0; i < len(changes); i += 2 {
			h[changes[i]] = changes[i+1]
		}
		return h
	}
	claims := jwt.MapClaims{"sid": grant.Session.ID, "gen": 0, "nonce": grant.Session.Nonce}
	without := func(name string) jwt.MapClaims {
		c := jwt.MapClaims{}
		for k, v := range claims {
			if k != name {
				c[k] = v
			}
		}
		return c
	}
	replaced := func(name string, value any) jwt.MapClaims {
		c := without(name)
		c[name] = value
		return c
	}

	for _, test := range []struct {
		name   string
		method jwt.SigningMethod
		key    any
		header map[string]any
		claims jwt.MapClaims
		want   error
	}{
		{"as ours", jwt.SigningMethodHS256, ours, header(), claims, nil},
		{"not signed", jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header(), claims, rotation.ErrMalformed},
		{"another algorithm", jwt.SigningMethodHS512, ours, header(), claims, rotation.ErrMalformed},
		{"another secret", jwt.SigningMethodHS256, mac(secret.Generate(), "refresh token", issuer), header(), claims, rotation.ErrMalformed},
		{"another purpose", jwt.SigningMethodHS256, mac(w.secrets, "sealing", issuer), header(), claims, rotation.ErrMalformed},
		{"another issuer", jwt.SigningMethodHS256, mac(w.secrets, "refresh token", issuer+"/"), header(), claims, rotation.ErrMalformed},
		{"an empty key", jwt.SigningMethodHS256, []byte{}, header("kid", "unknown"), claims, rotation.ErrMalformed},
		{"another kid", jwt.SigningMethodHS256, ours, header("kid", "unknown"), claims, rotation.ErrMalformed},
		{"an access token's type", jwt.SigningMethodHS256, ours, header("typ", "at+jwt"), claims, rotation.ErrMalformed},
		{"a header more", jwt.SigningMethodHS256, ours, header("cty", "json"), claims, rotation.ErrMalformed},
		{"no type", jwt.SigningMethodHS256, ours, header("typ", ""), claims, rotation.ErrMalformed},
		{"no sid", jwt.SigningMethodHS256, ours, header(), without("sid"), rotation.ErrMalformed},
		{"no gen", jwt.SigningMethodHS256, ours, header(), without("gen"), rotation.ErrMalformed},
		{"no nonce", jwt.SigningMethodHS256, ours, header(), without("nonce"), rotation.ErrMalformed},
		{"gen below zero", jwt.SigningMethodHS256, ours, header(), replaced("gen", -1), rotation.ErrMalformed},
		{"gen with a fraction", jwt.SigningMethodHS256, ours, header(), replaced("gen", 0.5), rotation.ErrMalformed},
		{"gen as text", jwt.SigningMethodHS256, ours, header(), replaced("gen", "0"), rotation.ErrMalformed},
		{"sid as a list", jwt.SigningMethodHS256, ours, header(), replaced("sid", []string{"a"}), rotation.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := jwt.NewWithClaims(test.method, test.claims)
			for name, value := range test.header {
				token.Header[name] = value
			}
			signed, err := token.SignedString(test.key)
			if err != nil {
				t.Fatal(err)
			}
			w.wantRefused(signed, test.want, "")
		})
	}
}

// While a secret is replaced, tokens of the old one are still good, and refreshes
// give tokens of the new one.
func TestSecretReplaced(t *testing.T) {
	w := newWorld(t)
	line := func(id string, fill byte) string {
		return id + " " + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(string(fill), 32))) + "\n"
	}
	parse := func(text string) secret.Set {
		set, err := secret.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	w.Engine, _ = w.node(parse(line("old", 'o')))
	first := w.signIn()
	w.Engine, _ = w.node(parse(line("new", 'n') + line("old", 'o')))
	second := w.mustRefresh(raw(first), rotation.Rotated)
	w.Engine, _ = w.node(parse(line("new", 'n')))
	w.wantRefused(raw(first), rotation.ErrMalformed, "")
	w.mustRefresh(raw(second), rotation.Rotated)
}

// FuzzToken looks for texts that are taken for tokens, or that break the parser.
func FuzzToken(f *testing.F) {
	w := newWorld(f)
	token := raw(w.signIn())
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	encode := base64.RawURLEncoding.EncodeToString
	for _, seed := range []string{
		token, "", ".", "..", "...", header + "." + payload + ".", header + ".." + signature,
		"." + payload + "." + signature, token + "\n", strings.ToLower(token),
		encode([]byte(`{"alg":"none","typ":"rt+jwt"}`)) + "." + payload + ".",
		encode([]byte(`null`)) + "." + payload + "." + signature,
		header + "." + encode([]byte(`null`)) + "." + signature,
		encode([]byte(`{"alg":["HS256"],"typ":{},"kid":1}`)) + "." + payload + "." + signature,
	} {
		f.Add(seed)
	}
	if err := w.store.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{text}})
		want := rotation.ErrMalformed
		if text == token {
			want = rotation.ErrUnavailable // the store is closed, and was asked
		}
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	})
}
