package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/secret"
)

// The example proofs of RFC 9449: of figures 1, 6 and 12, with the thumbprint of
// section 6.1. They name no nonce, because theirs are of a server that asks for
// none: all else of them has to be right, and on another day something is wrong.
func TestExamplesOfTheRFC(t *testing.T) {
	const (
		head       = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19."
		figure1    = head + "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
		figure6    = head + "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjY1Mjk2fQ.pAqut2IRDm_De6PR93SYmGBPXpwrAk90e8cP2hjiaG5QsGSuKDYW7_X620BxqhvYC8ynrrvZLTk41mSRroapUA"
		figure12   = head + "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
		thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	)
	tokenRequest := dpop.Request{Method: "POST", URIs: []string{"https://server.example.com/token"}}
	resourceRequest := dpop.Request{Method: "GET", URIs: []string{"https://resource.example.org/protectedresource"}, AccessToken: token}
	for _, test := range []struct {
		name, proof string
		request     dpop.Request
		made        int64
	}{
		{"figure 1, a token request", figure1, tokenRequest, 1562262616},
		{"figure 6, a refresh", figure6, tokenRequest, 1562265296},
		{"figure 12, a resource", figure12, resourceRequest, 1562262618},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.now = time.Unix(test.made, 0)
			got, err := dpop.VerifyWithoutNonce(w.Verifier, test.proof, test.request)
			if err != nil || got.Thumbprint != thumbprint {
				t.Errorf("thumbprint %q (%v), want %q", got.Thumbprint, err, thumbprint)
			}
			if _, err := w.Verify(test.proof, test.request); !errors.Is(err, dpop.ErrNonce) {
				t.Errorf("without a nonce: %v, want %v", err, dpop.ErrNonce)
			}
			w.advance(48 * time.Hour)
			if _, err := w.Verify(test.proof, test.request); !errors.Is(err, dpop.ErrInvalid) {
				t.Errorf("two days later: %v, want %v", err, dpop.ErrInvalid)
			}
		})
	}
}

// Section 4.3, each check of it broken once or more; 1 and 12b are not about the
// proof alone, and are tested where requests are.
func TestSection43(t *testing.T) {
	w := newWorld(t)
	good := w.claims(nil)
	jwk := w.key.Header["jwk"].(map[string]any)
	with := func(changes map[string]any) map[string]any {
		all := maps.Clone(jwk)
		maps.Copy(all, changes)
		return all
	}
	header := func(changes map[string]any) string { return w.key.With(changes).Proof(good) }
	claim := func(name string, value any) string { return w.key.Proof(w.claims(dpoptest.Claims{name: value})) }
	valid := w.key.Proof(good)
	parts := strings.Split(valid, ".")
	another := strings.Split(w.key.Proof(w.claims(dpoptest.Claims{"jti": "x"})), ".")
	payload, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	raw := func(header string) string { return w.key.Sign([]byte(header), payload) }
	ed := dpoptest.NewEdKey()
	otherCurve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := otherCurve.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}

	if got, err := w.Verify(valid, request()); err != nil || got.Thumbprint != w.key.Thumbprint() || got.Stale {
		t.Fatalf("the good one: %+v, %v", got, err)
	}
	for _, test := range []struct {
		name, proof string
		want        error
	}{
		{"2 empty", "", dpop.ErrInvalid},
		{"2 garbage", "garbage", dpop.ErrInvalid},
		{"2 two of them, with a comma", valid + ", " + valid, dpop.ErrInvalid},
		{"2 two of them, with a blank", valid + " " + valid, dpop.ErrInvalid},
		{"2 four parts", valid + ".x", dpop.ErrInvalid},
		{"2 padded", valid + "=", dpop.ErrInvalid},
		{"2 a line break", parts[0] + ".\n" + parts[1] + "." + parts[2], dpop.ErrInvalid},
		{"2 header is no object", raw(`[]`), dpop.ErrInvalid},
		{"2 header is no JSON", raw(`{"typ":"dpop+jwt"`), dpop.ErrInvalid},
		{"2 header in Latin-1", raw("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"x\":\"\xe4\"}"), dpop.ErrInvalid},
		{"2 claims are no object", w.key.Sign(mustJSON(t, w.key.Header), []byte(`"x"`)), dpop.ErrInvalid},
		{"2 claims in Latin-1", w.key.Sign(mustJSON(t, w.key.Header), append(payload[:len(payload)-1:len(payload)-1], ",\"x\":\"\xe4\"}"...)), dpop.ErrInvalid},
		{"2 longer than 8 KiB", claim("padding", strings.Repeat("x", 8<<10)), dpop.ErrInvalid},
		{"2 critical header", header(map[string]any{"crit": []string{"exp"}, "exp": 1}), dpop.ErrInvalid},

		{"3 no jti", claim("jti", nil), dpop.ErrInvalid},
		{"3 empty jti", claim("jti", ""), dpop.ErrInvalid},
		{"3 jti is a number", claim("jti", 7), dpop.ErrInvalid},
		{"3 no htm", claim("htm", nil), dpop.ErrInvalid},
		{"3 htm is a list", claim("htm", []string{"GET"}), dpop.ErrInvalid},
		{"3 no htu", claim("htu", nil), dpop.ErrInvalid},
		{"3 no iat", claim("iat", nil), dpop.ErrInvalid},
		{"3 iat is a text", claim("iat", "1800000000"), dpop.ErrInvalid},
		{"3 no ath", claim("ath", nil), dpop.ErrInvalid},
		{"3 HTM for htm", w.key.Proof(w.claims(dpoptest.Claims{"htm": nil, "HTM": "GET"})), dpop.ErrInvalid},

		{"4 no typ", header(map[string]any{"typ": nil}), dpop.ErrInvalid},
		{"4 typ of any JWT", header(map[string]any{"typ": "JWT"}), dpop.ErrInvalid},
		{"4 typ of an access token", header(map[string]any{"typ": "at+jwt"}), dpop.ErrInvalid},
		{"4 typ is a list", header(map[string]any{"typ": []string{"dpop+jwt"}}), dpop.ErrInvalid},

		{"5 no alg", header(map[string]any{"alg": nil}), dpop.ErrInvalid},
		{"5 none", header(map[string]any{"alg": "none"}), dpop.ErrInvalid},
		{"5 none, without a signature", w.key.With(map[string]any{"alg": "none"}).Proof(good)[:len(parts[0])] + "." + parts[1] + ".", dpop.ErrInvalid},
		{"5 symmetric", header(map[string]any{"alg": "HS256", "jwk": map[string]any{"kty": "oct", "k": "c2VjcmV0"}}), dpop.ErrInvalid},
		{"5 symmetric, with the public key", header(map[string]any{"alg": "HS256"}), dpop.ErrInvalid},
		{"5 RS256", rs256(t, payload), dpop.ErrInvalid},
		{"5 ES384", header(map[string]any{"alg": "ES384", "jwk": map[string]any{"kty": "EC", "crv": "P-384", "x": dpoptest.Encode(point[1:49]), "y": dpoptest.Encode(point[49:])}}), dpop.ErrInvalid},
		{"5 alg of another key", header(map[string]any{"alg": "EdDSA"}), dpop.ErrInvalid},
		{"5 jwk for another alg", header(map[string]any{"jwk": with(map[string]any{"alg": "ES384"})}), dpop.ErrInvalid},
		{"5 jwk for encryption", header(map[string]any{"jwk": with(map[string]any{"use": "enc"})}), dpop.ErrInvalid},
		{"5 jwk for something else", header(map[string]any{"jwk": with(map[string]any{"key_ops": []string{"deriveKey"}})}), dpop.ErrInvalid},

		{"6 no signature", parts[0] + "." + parts[1] + ".", dpop.ErrInvalid},
		{"6 signature of another proof", parts[0] + "." + parts[1] + "." + another[2], dpop.ErrInvalid},
		{"6 signature of another key", w.key.With(map[string]any{"jwk": dpoptest.NewKey().Header["jwk"]}).Proof(good), dpop.ErrInvalid},
		{"6 EdDSA, of another key", ed.With(map[string]any{"jwk": dpoptest.NewEdKey().Header["jwk"]}).Proof(good), dpop.ErrInvalid},

		{"7 no jwk", header(map[string]any{"jwk": nil}), dpop.ErrInvalid},
		{"7 jwk is a text", header(map[string]any{"jwk": "x"}), dpop.ErrInvalid},
		{"7 jwk is private", header(map[string]any{"jwk": with(map[string]any{"d": jwk["x"]})}), dpop.ErrInvalid},
		{"7 jwk is private, and null", header(map[string]any{"jwk": with(map[string]any{"d": nil})}), dpop.ErrInvalid},
		{"7 not on the curve", header(map[string]any{"jwk": with(map[string]any{"y": jwk["x"]})}), dpop.ErrInvalid},
		{"7 half a key", header(map[string]any{"jwk": with(map[string]any{"y": ""})}), dpop.ErrInvalid},
		{"7 a certificate beside no jwk", header(map[string]any{"jwk": nil, "x5c": []string{"MIIB"}}), dpop.ErrInvalid},

		{"8 another method", claim("htm", "POST"), dpop.ErrInvalid},
		{"8 in lower case", claim("htm", "get"), dpop.ErrInvalid},

		{"9 another path", claim("htu", "https://api.example.com/users"), dpop.ErrInvalid},
		{"9 another case", claim("htu", "https://api.example.com/Orders"), dpop.ErrInvalid},
		{"9 a longer path", claim("htu", address+"/"), dpop.ErrInvalid},
		{"9 another host", claim("htu", "https://api.example.org/orders"), dpop.ErrInvalid},
		{"9 another scheme", claim("htu", "http://api.example.com/orders"), dpop.ErrInvalid},
		{"9 another port", claim("htu", "https://api.example.com:8443/orders"), dpop.ErrInvalid},
		{"9 a user in it", claim("htu", "https://api.example.com@api.example.com/orders"), dpop.ErrInvalid},
		{"9 a path alone", claim("htu", "/orders"), dpop.ErrInvalid},
		{"9 nothing", claim("htu", ""), dpop.ErrInvalid},
		{"9 no URI", claim("htu", "https://api.example.com/%zz"), dpop.ErrInvalid},

		{"10 no nonce", claim("nonce", nil), dpop.ErrNonce},
		{"10 empty nonce", claim("nonce", ""), dpop.ErrNonce},
		{"10 nonce of another server", claim("nonce", newWorld(t).Nonce()), dpop.ErrNonce},
		{"10 nonce of another issuer", claim("nonce", w.verifier(t, w.secrets, "https://example.org", dpop.NewMemory(0, nil)).Nonce()), dpop.ErrNonce},
		{"10 nonce and more", claim("nonce", w.Nonce()+"x"), dpop.ErrNonce},
		{"10 nonce is a list", claim("nonce", []string{w.Nonce()}), dpop.ErrInvalid},

		{"11 two days ago", claim("iat", base.Unix()-2*86400), dpop.ErrInvalid},
		{"11 in two days", claim("iat", base.Unix()+2*86400), dpop.ErrInvalid},
		{"11 at the end of time", claim("iat", 1e300), dpop.ErrInvalid},

		{"12 another access token", claim("ath", dpoptest.Hash("another")), dpop.ErrInvalid},
		{"12 ath is the token", claim("ath", token), dpop.ErrInvalid},
		{"12 empty ath", claim("ath", ""), dpop.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := w.Verify(test.proof, request())
			if !errors.Is(err, test.want) || got != (dpop.Proof{}) {
				t.Errorf("%+v, %v, want %v", got, err, test.want)
			}
			if test.want == dpop.ErrInvalid && errors.Is(err, dpop.ErrNonce) {
				t.Error("a new nonce would not help")
			}
			for _, quoted := range []string{token, parts[1], "garbage", w.Nonce()} {
				if err != nil && strings.Contains(err.Error(), quoted) {
					t.Errorf("the error quotes what came: %v", err)
				}
			}
		})
	}
}

// What is good, although it looks otherwise than usual.
func TestGoodProofs(t *testing.T) {
	w := newWorld(t)
	ed := dpoptest.NewEdKey()
	jwk := maps.Clone(w.key.Header["jwk"].(map[string]any))
	maps.Copy(jwk, map[string]any{"alg": "ES256", "use": "sig", "key_ops": []string{"verify"}, "ext": true, "kid": "x"})
	sameKey := w.key.With(map[string]any{"jwk": jwk})
	for _, test := range []struct {
		name  string
		key   *dpoptest.Key
		claim dpoptest.Claims
		want  string // the thumbprint
	}{
		{"EdDSA", ed, nil, ed.Thumbprint()},
		{"a key that says what it is for, as WebCrypto exports it", sameKey, nil, w.key.Thumbprint()},
		{"a clock that is wrong by a day", w.key, dpoptest.Claims{"iat": base.Unix() - 86400}, w.key.Thumbprint()},
		{"a clock that is ahead by a day", w.key, dpoptest.Claims{"iat": base.Unix() + 86400}, w.key.Thumbprint()},
		{"parts of a second", w.key, dpoptest.Claims{"iat": float64(base.Unix()) + 0.5}, w.key.Thumbprint()},
		{"claims that nobody knows", w.key, dpoptest.Claims{"exp": 1, "aud": "x"}, w.key.Thumbprint()},
		{"a long jti", w.key, dpoptest.Claims{"jti": strings.Repeat("x", 4096)}, w.key.Thumbprint()},
		{"query and fragment", w.key, dpoptest.Claims{"htu": address + "?a=b#c"}, w.key.Thumbprint()},
	} {
		got, err := w.Verify(test.key.Proof(w.claims(test.claim)), request())
		if err != nil || got.Thumbprint != test.want {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	auth := dpop.Request{Method: "GET", URIs: []string{"https://app.example.com/orders", address}}
	if _, err := w.Verify(w.key.Proof(w.claims(dpoptest.Claims{"ath": nil})), auth); err != nil {
		t.Errorf("no access token is asked for, and several addresses are right: %v", err)
	}
}

// rs256 is a proof as good as any, but for its algorithm.
func rs256(t *testing.T, payload []byte) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := dpoptest.Encode(mustJSON(t, map[string]any{
		"typ": "dpop+jwt", "alg": "RS256",
		"jwk": map[string]any{"kty": "RSA", "e": "AQAB", "n": dpoptest.Encode(key.N.Bytes())},
	})) + "." + dpoptest.Encode(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + dpoptest.Encode(signature)
}

func TestConfig(t *testing.T) {
	if _, err := dpop.NewNonces(secret.Set{}, issuer); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("no secret: %v", err)
	}
	nonces, err := dpop.NewNonces(secret.Generate(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []dpop.Config{{Nonces: nonces}, {Replays: dpop.NewMemory(0, nil)}} {
		if _, err := dpop.New(config); !errors.Is(err, dpop.ErrConfig) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

func mustJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
