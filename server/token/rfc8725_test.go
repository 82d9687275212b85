package token_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
)

// signText signs any two texts as a token with the world's key.
func (w *world) signText(t testing.TB, header, payload string) string {
	t.Helper()
	private, _ := w.private(t)
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	signature, err := jwt.SigningMethodES256.Sign(text, private)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

// texts are a header and claims that are fine.
func (w *world) texts(t testing.TB) (header, payload string) {
	t.Helper()
	_, kid := w.private(t)
	text, err := json.Marshal(validClaims())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":"%s"}`, kid), string(text)
}

// What RFC 8725 section 3 asks for and TestForged does not show. Each token is
// signed with the true key, so that nothing else is wrong with it.
func TestRFC8725(t *testing.T) {
	w := newWorld(t)
	header, payload := w.texts(t)
	in := func(text, old, replacement string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %s", text, old)
		}
		return strings.Replace(text, old, replacement, 1)
	}
	for _, test := range []struct {
		name            string
		header, payload string
		want            error
	}{
		{"valid", header, payload, nil},
		{"3.1 algorithm in another case", in(header, "ES256", "es256"), payload, token.ErrInvalid},
		{"3.1 algorithm of a curve like ours", in(header, "ES256", "ES256K"), payload, token.ErrInvalid},
		{"3.1 algorithm of a longer hash", in(header, "ES256", "ES384"), payload, token.ErrInvalid},
		{"3.1 another one of ours", in(header, "ES256", "EdDSA"), payload, token.ErrInvalid},
		{"3.1 none", in(header, "ES256", "none"), payload, token.ErrInvalid},
		{"3.1 a list", in(header, `"ES256"`, `["ES256"]`), payload, token.ErrInvalid},
		{"3.1 no algorithm", in(header, `"alg":"ES256",`, ""), payload, token.ErrInvalid},
		{"3.6 compressed", in(header, "}", `,"zip":"DEF","crit":["zip"]}`), payload, token.ErrInvalid},
		{"3.7 header in Latin-1", in(header, "}", ",\"x\":\"\xe4\"}"), payload, token.ErrInvalid},
		{"3.7 header in UTF-16", "\xfe\xff" + header, payload, token.ErrInvalid},
		{"3.7 claims in Latin-1", header, in(payload, `"u"`, "\"\xfc\""), token.ErrInvalid},
		{"3.7 claims with a byte order mark", header, "\xef\xbb\xbf" + payload, token.ErrInvalid},
		{"3.8 issuer with another case", header, in(payload, issuer, strings.ToUpper(issuer)), token.ErrInvalid},
		{"3.8 issuer in a list", header, in(payload, `"iss":"`+issuer+`"`, `"iss":["`+issuer+`"]`), token.ErrInvalid},
		{"3.9 audience that begins like ours", header, in(payload, `"aud":"`+issuer, `"aud":"`+issuer+`.evil.example`), token.ErrInvalid},
		{"3.10 kid with a zero byte", in(header, `"kid":"`, `"kid":"\u0000`), payload, token.ErrInvalid},
		{"3.10 certificate chain", in(header, "}", `,"x5c":["MIIB"],"x5u":"https://evil.example"}`), payload, nil}, // not read
		{"3.11 type of any JWT", in(header, "at+jwt", "JWT"), payload, token.ErrInvalid},
		{"3.11 type of an ID token", in(header, `"typ":"at+jwt",`, ""), payload, token.ErrInvalid},
		{"3.11 type in another case", in(header, "at+jwt", "AT+JWT"), payload, token.ErrInvalid},
		{"3.12 claims of a refresh token", header, `{"sid":"s","gen":3,"nonce":"n"}`, token.ErrInvalid},
		{"RFC 7797, payload not encoded", in(header, "}", `,"b64":false,"crit":["b64"]}`), payload, token.ErrInvalid},
		{"nothing critical", in(header, "}", `,"crit":[]}`), payload, token.ErrInvalid},
		{"not yet valid", header, in(payload, "}", fmt.Sprintf(`,"nbf":%d}`, base.Unix()+60)), token.ErrInvalid},
		{"valid for a while", header, in(payload, "}", fmt.Sprintf(`,"nbf":%d}`, base.Unix()-60)), nil},
		{"header that is no object", `"at+jwt"`, payload, token.ErrInvalid},
		{"more after the header", header + "{}", payload, token.ErrInvalid},
		{"more after the claims", header, payload + "{}", token.ErrInvalid},
		{"deep claims", header, in(payload, "}", `,"x":`+strings.Repeat("[", 5000)), token.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := w.signText(t, test.header, test.payload)
			if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, test.want) {
				t.Errorf("verify: %v, want %v", err, test.want)
			} else {
				wantQuiet(t, err, raw)
			}
		})
	}
}

// RFC 8725 section 3.12: a refresh token of the same server, made with the same
// secret for the same issuer, is no access token, and the other way round.
func TestRefreshTokensAreNotAccessTokens(t *testing.T) {
	w := newWorld(t)
	engine, err := rotation.New(rotation.Config{Issuer: issuer, Secrets: w.secrets, Store: w.store, Now: w.Now})
	if err != nil {
		t.Fatal(err)
	}
	began, err := engine.Begin(t.Context(), rotation.SignIn{UserID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.authority.VerifyIgnoringExpiry(t.Context(), began.RefreshToken.Reveal()); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a refresh token as access token: %v, want %v", err, token.ErrInvalid)
	}
	access := mint(t, w.authority, grant()).Token.Reveal()
	if _, err := engine.Refresh(t.Context(), rotation.Request{Tokens: []string{access}}); !errors.Is(err, rotation.ErrMalformed) {
		t.Errorf("an access token as refresh token: %v, want %v", err, rotation.ErrMalformed)
	}
}

// RFC 8725 section 3.1: RSA keys verify RS256 and nothing else, PSS least of all.
func TestAlgorithmOfTheKey(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		method jwt.SigningMethod
		key    any
		public token.PublicKey
		want   error
	}{
		{"RS256", jwt.SigningMethodRS256, rsaKey, token.PublicKey{Algorithm: token.RS256, Key: &rsaKey.PublicKey}, nil},
		{"EdDSA", jwt.SigningMethodEdDSA, edKey, token.PublicKey{Algorithm: token.EdDSA, Key: edKey.Public()}, nil},
		{"PS256 with the same key", jwt.SigningMethodPS256, rsaKey, token.PublicKey{Algorithm: token.RS256, Key: &rsaKey.PublicKey}, token.ErrInvalid},
		{"RS512 with the same key", jwt.SigningMethodRS512, rsaKey, token.PublicKey{Algorithm: token.RS256, Key: &rsaKey.PublicKey}, token.ErrInvalid},
		{"a key that says PS256", jwt.SigningMethodPS256, rsaKey, token.PublicKey{Algorithm: "PS256", Key: &rsaKey.PublicKey}, token.ErrInvalid},
		{"a key that says HS256", jwt.SigningMethodHS256, []byte("k"), token.PublicKey{Algorithm: "HS256", Key: []byte("k")}, token.ErrInvalid},
		{"1024 bits", jwt.SigningMethodRS256, weak, token.PublicKey{Algorithm: token.RS256, Key: &weak.PublicKey}, token.ErrInvalid},
		{"another curve", jwt.SigningMethodES384, p384, token.PublicKey{Algorithm: token.ES256, Key: &p384.PublicKey}, token.ErrInvalid},
	} {
		verifier, err := token.NewVerifier(token.VerifierConfig{
			Issuer: issuer, Keys: token.KeySet{"k": test.public}, Now: (&clock{now: base}).Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		raw := sign(t, test.method, test.key, map[string]any{"typ": "at+jwt", "kid": "k"}, validClaims())
		if _, err := verifier.Verify(t.Context(), raw); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// RFC 8725 section 3.5: the secrets that refresh tokens are signed with are 256
// random bits, however the set was made.
func TestSecretsAreLong(t *testing.T) {
	grown, _ := secret.Generate().Add()
	for key := range grown.All() {
		mac, err := key.Derive("refresh token", issuer, 32)
		if err != nil || len(mac.Reveal()) != 32 {
			t.Errorf("a key of %d bytes (%v), want 32", len(mac.Reveal()), err)
		}
	}
	if _, err := secret.Parse([]byte("k1 c2hvcnQ\n")); !errors.Is(err, secret.ErrFormat) {
		t.Errorf("a short secret: %v, want %v", err, secret.ErrFormat)
	}
}
