package token_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/token"
)

// validClaims are what an authority would sign.
func validClaims() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": issuer, "sub": "u", "aud": issuer, "jti": "j", "sid": "s", "gen": 3,
		"iat": base.Unix(), "exp": base.Unix() + 300, "auth_time": base.Unix() - 3600,
	}
}

// claims are the valid ones with a change: a nil value removes the claim.
func claims(name string, value any) jwt.MapClaims {
	c := validClaims()
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

// Tokens with a sound signature, or one that a careless verifier takes for sound.
func TestForged(t *testing.T) {
	w := newWorld(t)
	private, kid := w.private(t)
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	stranger := otherKey(t)
	set, err := w.keys.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	embedded := map[string]any{"kty": "EC", "crv": "P-256", "x": set.Keys[0].X, "y": set.Keys[0].Y}

	header := func(pairs ...any) map[string]any {
		h := map[string]any{"typ": "at+jwt", "kid": kid}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i].(string)] = pairs[i+1]
		}
		return h
	}
	es256, hs256 := jwt.SigningMethodES256, jwt.SigningMethodHS256
	for _, test := range []struct {
		name   string
		method jwt.SigningMethod
		key    any
		header map[string]any
		claims jwt.MapClaims
		want   error
	}{
		{"valid", es256, private, header(), validClaims(), nil},
		{"audience in a list", es256, private, header(), claims("aud", []string{"x", issuer}), nil},

		{"not signed", jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header(), validClaims(), token.ErrInvalid},
		{"HS256 with the public key, DER", hs256, public, header(), validClaims(), token.ErrInvalid},
		{"HS256 with the public key, PEM", hs256, publicPEM, header(), validClaims(), token.ErrInvalid},
		{"HS256 with an empty key", hs256, []byte{}, header(), validClaims(), token.ErrInvalid},
		{"another key, our kid", es256, stranger, header(), validClaims(), token.ErrInvalid},
		{"unknown kid", es256, stranger, header("kid", "unknown"), validClaims(), token.ErrInvalid},
		{"no kid", es256, private, header("kid", nil), validClaims(), token.ErrInvalid},
		{"kid with SQL", es256, private, header("kid", "' OR '1'='1"), validClaims(), token.ErrInvalid},
		{"kid with a path", es256, private, header("kid", "../../dev/null"), validClaims(), token.ErrInvalid},
		{"kid as a number", es256, private, header("kid", 1), validClaims(), token.ErrInvalid},
		{"kid in a list", es256, private, header("kid", []string{kid}), validClaims(), token.ErrInvalid},
		{"embedded jwk of another key", es256, stranger, header("kid", "unknown", "jwk", embedded), validClaims(), token.ErrInvalid},
		{"embedded jwk beside our kid", es256, stranger, header("jwk", embedded), validClaims(), token.ErrInvalid},
		{"jku beside our kid", es256, stranger, header("jku", "https://evil.example/jwks.json"), validClaims(), token.ErrInvalid},
		{"x5u beside our kid", es256, stranger, header("x5u", "https://evil.example/cert.pem"), validClaims(), token.ErrInvalid},
		{"critical header", es256, private, header("crit", []string{"exp"}), validClaims(), token.ErrInvalid},

		{"typ JWT", es256, private, header("typ", "JWT"), validClaims(), token.ErrInvalid},
		{"typ of a refresh token", es256, private, header("typ", "rt+jwt"), validClaims(), token.ErrInvalid},
		{"no typ", es256, private, header("typ", nil), validClaims(), token.ErrInvalid},
		{"typ as a list", es256, private, header("typ", []string{"at+jwt"}), validClaims(), token.ErrInvalid},

		{"another issuer", es256, private, header(), claims("iss", issuer+"/"), token.ErrInvalid},
		{"no issuer", es256, private, header(), claims("iss", nil), token.ErrInvalid},
		{"another audience", es256, private, header(), claims("aud", "https://other.example"), token.ErrInvalid},
		{"no audience", es256, private, header(), claims("aud", nil), token.ErrInvalid},
		{"empty audience", es256, private, header(), claims("aud", []string{}), token.ErrInvalid},
		{"no exp", es256, private, header(), claims("exp", nil), token.ErrInvalid},
		{"expired", es256, private, header(), claims("exp", base.Unix()-60), token.ErrExpired},
		{"no iat", es256, private, header(), claims("iat", nil), token.ErrInvalid},
		{"iat ahead", es256, private, header(), claims("iat", base.Unix()+60), token.ErrInvalid},
		{"no sub", es256, private, header(), claims("sub", nil), token.ErrInvalid},
		{"no jti", es256, private, header(), claims("jti", nil), token.ErrInvalid},
		{"no sid", es256, private, header(), claims("sid", nil), token.ErrInvalid},
		{"no gen", es256, private, header(), claims("gen", nil), token.ErrInvalid},
		{"gen below zero", es256, private, header(), claims("gen", -1), token.ErrInvalid},
		{"gen with a fraction", es256, private, header(), claims("gen", 3.5), token.ErrInvalid},
		{"cnf of a certificate", es256, private, header(), claims("cnf", map[string]any{"x5t#S256": "x"}), token.ErrInvalid},
		{"cnf without a thumbprint", es256, private, header(), claims("cnf", map[string]any{"jkt": ""}), token.ErrInvalid},
		{"cnf as a text", es256, private, header(), claims("cnf", "x"), token.ErrInvalid},
		{"jkt as a list", es256, private, header(), claims("cnf", map[string]any{"jkt": []string{"x"}}), token.ErrInvalid},
		{"no auth_time", es256, private, header(), claims("auth_time", nil), token.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := sign(t, test.method, test.key, test.header, test.claims)
			got, err := w.authority.Verify(t.Context(), raw)
			if !errors.Is(err, test.want) || (err == nil) != (got.UserID == "u") {
				t.Fatalf("verify: %v, want %v", err, test.want)
			}
			wantQuiet(t, err, raw)
			if test.want == token.ErrInvalid && errors.Is(err, token.ErrExpired) {
				t.Errorf("verify: %v, but time is not what is wrong", err)
			}
		})
	}
}

// An expired token that is wrong otherwise too is invalid, not expired.
func TestExpiredAndWrong(t *testing.T) {
	w := newWorld(t)
	private, kid := w.private(t)
	for _, name := range []string{"iss", "aud", "sub"} {
		c := claims(name, "wrong")
		if name == "sub" {
			delete(c, name)
		}
		c["exp"] = base.Unix() - 600
		raw := sign(t, jwt.SigningMethodES256, private, map[string]any{"typ": "at+jwt", "kid": kid}, c)
		if _, err := w.authority.Verify(t.Context(), raw); !errors.Is(err, token.ErrInvalid) || name != "sub" && errors.Is(err, token.ErrExpired) {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
}

// Any change of a token makes it invalid.
func TestChanged(t *testing.T) {
	w := newWorld(t)
	raw := mint(t, w.authority, grant()).Token.Reveal()
	for _, verify := range []func(string) error{
		func(raw string) error { _, err := w.authority.Verify(t.Context(), raw); return err },
		func(raw string) error { _, err := w.authority.VerifyIgnoringExpiry(t.Context(), raw); return err },
	} {
		if err := verify(raw); err != nil {
			t.Fatal(err)
		}
		check := func(name, changed string) {
			t.Helper()
			if err := verify(changed); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("%s: %v, want %v", name, err, token.ErrInvalid)
			}
		}
		for i := range len(raw) {
			flipped := []byte(raw)
			flipped[i] ^= 1
			check(fmt.Sprintf("byte %d changed", i), string(flipped))
			check(fmt.Sprintf("line break before byte %d", i), raw[:i]+"\n"+raw[i:])
		}
		for _, extra := range []string{"\n", "\r", "=", ".", " ", "A", strings.Repeat("A", 1<<20)} {
			check(fmt.Sprintf("%.4q at the end", extra), raw+extra)
		}
		for _, text := range []string{"", ".", "..", "...", "a.b.c", "null.null.null"} {
			check(text, text)
		}
	}
}

// FuzzVerify looks for headers and claims that are accepted though they should
// not be. They are signed with the true key, so that everything else counts.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	private, kid := w.private(f)
	header := fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":"%s"}`, kid)
	valid, err := json.Marshal(validClaims())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(header, string(valid))
	for _, claims := range []string{
		`{}`, `null`, `[]`, `{"gen":{}}`, `{"exp":1e400}`, strings.Replace(string(valid), `"iss"`, `"ISS"`, 1),
		strings.Replace(string(valid), `"exp":`, `"exp":null,"x":`, 1), string(valid) + `{}`,
	} {
		f.Add(header, claims)
	}
	for _, header := range []string{
		`{}`, `null`, `{"alg":"none"}`, `{"alg":"HS256","typ":"at+jwt","kid":"` + kid + `"}`,
		strings.Replace(header, "}", `,"crit":["x"]}`, 1), strings.Replace(header, "kid", "KID", 1),
	} {
		f.Add(header, string(valid))
	}
	f.Fuzz(func(t *testing.T, header, payload string) {
		encode := base64.RawURLEncoding.EncodeToString
		text := encode([]byte(header)) + "." + encode([]byte(payload))
		signature, err := jwt.SigningMethodES256.Sign(text, private)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.authority.Verify(t.Context(), text+"."+encode(signature))
		if err != nil {
			if !errors.Is(err, token.ErrInvalid) {
				t.Errorf("verify: %v, which is no %v", err, token.ErrInvalid)
			}
			return
		}
		var h map[string]any
		if err := json.Unmarshal([]byte(header), &h); err != nil {
			t.Fatalf("the header is not JSON: %v", err)
		}
		if _, critical := h["crit"]; critical || h["alg"] != "ES256" || h["typ"] != "at+jwt" || h["kid"] != kid {
			t.Errorf("accepted the header %s", header)
		}
		if got.Issuer != issuer || !slices.Contains(got.Audience, issuer) || got.UserID == "" || got.SessionID == "" ||
			got.ID == "" || got.Generation < 0 || !got.ExpiresAt.After(base.Add(-30*time.Second)) ||
			got.IssuedAt.After(base.Add(30*time.Second)) {
			t.Errorf("accepted the claims %s", payload)
		}
	})
}

// FuzzVerifyText looks for texts that are taken for a token without having been
// minted.
func FuzzVerifyText(f *testing.F) {
	w := newWorld(f)
	valid := mint(f, w.authority, grant()).Token.Reveal()
	parts := strings.Split(valid, ".")
	for _, text := range []string{
		valid, "", "..", "a.b.c", valid + ".", "." + valid, strings.Join(parts[:2], ".") + ".", parts[0] + ".." + parts[2],
		strings.ToLower(valid), valid + "=", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `"}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := w.authority.Verify(t.Context(), raw)
		if err == nil && raw != valid {
			t.Errorf("accepted %q", raw)
		}
		if err != nil && !errors.Is(err, token.ErrInvalid) {
			t.Errorf("verify: %v, which is no %v", err, token.ErrInvalid)
		}
	})
}

// wantQuiet wants an error to quote nothing of the token, for it may be logged.
func wantQuiet(t *testing.T, err error, raw string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, part := range append(strings.Split(raw, "."), issuer) {
		if part != "" && strings.Contains(err.Error(), part) {
			t.Errorf("the error quotes the token: %v", err)
		}
	}
}
