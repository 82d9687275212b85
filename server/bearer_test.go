package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

func bearer(b *servertest.Browser, value string) servertest.Response {
	return b.Do(header{"Authorization": value}.on(b.Request(http.MethodGet, pathMe, nil)))
}

func TestS7NoToken(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	for name, value := range map[string]string{
		"none":           "",
		"another scheme": "Basic dXNlcjpwYTU1dzByZA==",
	} {
		t.Run(name, func(t *testing.T) {
			res := bearer(b, value)
			wantRefusal(t, res, wire.InvalidToken)
			wantChallenge(t, res, "")
		})
	}
	t.Run("expired", func(t *testing.T) {
		s.Clock.Advance(10 * time.Minute)
		res := b.Get(pathMe)
		wantRefusal(t, res, wire.InvalidToken)
		wantChallenge(t, res, "invalid_token")
	})
}

func TestS8ForgedTokens(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	parts := strings.Split(b.AccessToken, ".")
	claims := parts[1]
	public := b.Do(b.Request(http.MethodGet, wire.PathJWKS, nil)).Body

	// Other servers on the same keys mint what this one must not accept.
	other := func(configure func(*server.Config)) *servertest.Server {
		return servertest.New(t, servertest.Options{Dir: s.Dir, Configure: configure})
	}
	future := other(nil)
	future.Clock.Advance(time.Hour)
	for _, row := range []struct{ name, token string }{
		{"alg none", jwt(`{"alg":"none","typ":"at+jwt"}`, claims, nil)},
		{"alg none with the key id", jwt(withHeader(t, parts[0], "alg", "none"), claims, nil)},
		{"HS256 with the public key", jwt(withHeader(t, parts[0], "alg", "HS256"), claims, public)},
		{"unknown kid", strings.Join([]string{encode(withHeader(t, parts[0], "kid", "nobody")), claims, parts[2]}, ".")},
		{"kid with SQL", strings.Join([]string{encode(withHeader(t, parts[0], "kid", "' OR 1=1 --")), claims, parts[2]}, ".")},
		{"embedded jwk", strings.Join([]string{encode(withHeader(t, parts[0], "jwk", "{}")), claims, parts[2]}, ".")},
		{"changed claims", strings.Join([]string{parts[0], encode(`{"sub":"root"}`), parts[2]}, ".")},
		{"the refresh token", strings.SplitN(b.Cookie, "=", 2)[1]},
		{"two parts", parts[0] + "." + claims},
		{"no token at all", "garbage"},
		{"the scheme alone", ""},
		{"wrong iss", signedIn(t, other(func(c *server.Config) { c.Issuer = "https://other.example" })).AccessToken},
		{"wrong aud", signedIn(t, other(func(c *server.Config) { c.Tokens.Audience = "other" })).AccessToken},
		{"iat ahead", signedIn(t, future).AccessToken},
	} {
		t.Run(row.name, func(t *testing.T) {
			res := bearer(b, "Bearer "+row.token)
			wantRefusal(t, res, wire.InvalidToken)
			wantChallenge(t, res, "invalid_token")
		})
	}
	wantStatus(t, b.Get(pathMe), http.StatusOK)
}

func TestS9Leeway(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	s.Clock.Advance(token.DefaultTTL + 10*time.Second)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	s.Clock.Advance(50 * time.Second)
	wantRefusal(t, b.Get(pathMe), wire.InvalidToken)
}

func TestS9WaysToSendAToken(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	t.Run("bearer in lower case", func(t *testing.T) {
		wantStatus(t, bearer(b, "bearer "+b.AccessToken), http.StatusOK)
	})
	t.Run("two headers", func(t *testing.T) {
		req := b.Request(http.MethodGet, pathMe, nil)
		req.Header["Authorization"] = []string{"Bearer " + b.AccessToken, "Bearer " + b.AccessToken}
		res := b.Do(req)
		wantRefusal(t, res, wire.InvalidRequest)
		wantChallenge(t, res, "invalid_request")
	})
	t.Run("in the query", func(t *testing.T) {
		res := b.Do(b.Request(http.MethodGet, pathMe+"?access_token="+b.AccessToken, nil))
		wantRefusal(t, res, wire.InvalidRequest)
	})
	t.Run("in the query and the header", func(t *testing.T) {
		req := b.Request(http.MethodGet, pathMe+"?access_token="+b.AccessToken, nil)
		wantRefusal(t, b.Do(header{"Authorization": "Bearer " + b.AccessToken}.on(req)), wire.InvalidRequest)
	})
	t.Run("the cookie is no credential here", func(t *testing.T) {
		wantRefusal(t, b.Do(b.Request(http.MethodGet, pathMe, nil)), wire.InvalidToken)
	})
}

func TestJWKSHasNoPrivatePart(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	res := b.Do(b.Request(http.MethodGet, wire.PathJWKS, nil))
	wantStatus(t, res, http.StatusOK)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	res.JSON(t, &set)
	if len(set.Keys) != 1 {
		t.Fatalf("%d keys, want one", len(set.Keys))
	}
	key := set.Keys[0]
	if _, private := key["d"]; private || key["kty"] != "EC" || key["alg"] != "ES256" || key["kid"] == "" || key["use"] != "sig" {
		t.Errorf("key %v", key)
	}
	if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "max-age=") {
		t.Errorf("Cache-Control %q, want a max-age", got)
	}
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// jwt makes a token of a header in clear and claims in base64. Without a key its
// signature is empty.
func jwt(head, claims string, key []byte) string {
	signed := encode(head) + "." + claims
	if key == nil {
		return signed + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// withHeader is an encoded JOSE header in clear, with one member changed.
func withHeader(t *testing.T, encoded, name, value string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	members := make(map[string]any)
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	members[name] = value
	changed, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}
