package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func bearerScenarios() []scenario {
	return []scenario{
		{"S7", "no token, and an expired one", challenges},
		{"S8", "forged tokens", forgedTokens},
		{"S9", "clocks apart, and odd ways to send a token", bearerSpelling},
	}
}

const me = "/api/users/me"

func secs(n int) time.Duration { return time.Duration(n) * time.Second }

// bearer sends these Authorization headers.
func bearer(b *servertest.Browser, path string, values ...string) servertest.Response {
	req := b.Request("GET", path, nil)
	req.Header["Authorization"] = values
	return b.Do(req)
}

func challenges(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	want(t, b.Get(me), http.StatusOK, "")
	res := s.browser().Get(me)
	want(t, res, http.StatusUnauthorized, wire.InvalidToken)
	if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") || strings.Contains(got, "error") {
		t.Errorf("without a token: %q", got)
	}
	s.advance(10 * time.Minute)
	res = b.Get(me)
	want(t, res, http.StatusUnauthorized, wire.InvalidToken)
	if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") || !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("expired: %q", got)
	}
}

// forgedTokens has what can be made from outside. Tokens that only the server
// itself could sign, such as one without exp, are in the tests of package token.
func forgedTokens(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	part := strings.Split(b.AccessToken, ".")
	encode := base64.RawURLEncoding.EncodeToString
	header := func(text string, args ...any) string { return encode(fmt.Appendf(nil, text, args...)) }

	res := b.Get("/.well-known/jwks.json")
	var keys struct{ Keys []struct{ Kid, X, Y string } }
	res.JSON(t, &keys)
	kid := keys.Keys[0].Kid
	mac := func(head string) string {
		h := hmac.New(sha256.New, []byte(keys.Keys[0].X))
		h.Write([]byte(head + "." + part[1]))
		return head + "." + part[1] + "." + encode(h.Sum(nil))
	}
	thief, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := thief.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(head string) string {
		hash := sha256.Sum256([]byte(head + "." + part[1]))
		r, v, err := ecdsa.Sign(rand.Reader, thief, hash[:])
		if err != nil {
			t.Fatal(err)
		}
		return head + "." + part[1] + "." + encode(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
	}
	refresh := b.Cookie[strings.Index(b.Cookie, "=")+1:]
	rows := map[string]string{
		"none":                         header(`{"alg":"none","typ":"at+jwt","kid":%q}`, kid) + "." + part[1] + ".",
		"none with the signature":      header(`{"alg":"none","typ":"at+jwt","kid":%q}`, kid) + "." + part[1] + "." + part[2],
		"HS256 with the public key":    mac(header(`{"alg":"HS256","typ":"at+jwt","kid":%q}`, kid)),
		"unknown kid":                  sign(header(`{"alg":"ES256","typ":"at+jwt","kid":"unknown"}`)),
		"a kid with SQL":               sign(header(`{"alg":"ES256","typ":"at+jwt","kid":"' OR 1=1 --"}`)),
		"the right kid, another's key": sign(header(`{"alg":"ES256","typ":"at+jwt","kid":%q}`, kid)),
		"no kid":                       sign(header(`{"alg":"ES256","typ":"at+jwt"}`)),
		"embedded jwk":                 sign(header(`{"alg":"ES256","typ":"at+jwt","kid":%q,"jwk":{"kty":"EC","crv":"P-256","x":%q,"y":%q}}`, kid, encode(public[1:33]), encode(public[33:]))),
		"other claims":                 part[0] + "." + header(`{"sub":"admin"}`) + "." + part[2],
		"the refresh token":            refresh,
		"cut off":                      part[0] + "." + part[1],
		"garbage":                      "garbage",
	}
	for name, forged := range rows {
		res := bearer(b, me, "Bearer "+forged)
		if problem := want(t, res, http.StatusUnauthorized, wire.InvalidToken); problem.Code != wire.InvalidToken {
			t.Errorf("%s was let through", name)
		}
	}
	// The same keys sign for another issuer, for another audience, and an hour ahead.
	for name, args := range map[string][]string{
		"iss": {"--issuer", "https://other.example"},
		"aud": {"--issuer", s.url, "--audience", "other"},
		"iat": {"--issuer", s.url},
	} {
		clock := s.clock.Now
		if name == "iat" {
			clock = func() time.Time { return s.clock.Now().Add(time.Hour) }
		}
		other := servertest.NewBrowser(t, serveAt(t, clock, append(args, s.place()...)...).url)
		want(t, other.Login(demoEmail, demoPassword), http.StatusCreated, "")
		if res := bearer(b, me, "Bearer "+other.AccessToken); res.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, res.Status)
		}
	}
	want(t, b.Get(me), http.StatusOK, "")
}

func bearerSpelling(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	token := b.AccessToken
	want(t, bearer(b, me, "bearer "+token), http.StatusOK, "")
	want(t, bearer(b, me, "Bearer "+token, "Bearer "+token), http.StatusBadRequest, wire.InvalidRequest)
	if res := bearer(b, me+"?access_token="+token); res.Status == http.StatusOK {
		t.Error("a token in the query was taken")
	}
	s.advance(5*time.Minute + 10*time.Second)
	want(t, b.Get(me), http.StatusOK, "")
	s.advance(50 * time.Second)
	want(t, b.Get(me), http.StatusUnauthorized, wire.InvalidToken)
}
