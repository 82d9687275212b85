package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// published are the key ids of the JWKS document, as anybody sees it, without the
// private part of any.
func published(t *testing.T, s *servertest.Server) []string {
	t.Helper()
	res := s.Browser(t).Get(wire.PathJWKS)
	wantStatus(t, res, http.StatusOK)
	var document struct{ Keys []map[string]any }
	res.JSON(t, &document)
	var ids []string
	for _, key := range document.Keys {
		ids = append(ids, key["kid"].(string))
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, has := key[private]; has {
				t.Errorf("key %s has the private member %s", key["kid"], private)
			}
		}
	}
	return ids
}

// signedWith is the key id in an access token.
func signedWith(t *testing.T, raw string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ KID string }
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.KID
}

// The document is small, and a part of it is of no use: RFC 9110 section 14.2 lets
// a server ignore Range.
func TestJWKSComesWhole(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	for _, part := range []string{"bytes=0-3", "bytes=99999-", "bytes=0-1,2-3"} {
		res := b.Do(header{"Range": part}.on(b.Request(http.MethodGet, wire.PathJWKS, nil)))
		wantStatus(t, res, http.StatusOK)
		if !json.Valid(res.Body) {
			t.Errorf("Range %s: %s", part, res.Body)
		}
	}
}

// S27: published before it is used, and old tokens are valid to their end. A
// second node makes the new key; this one is only asked for tokens and documents.
func TestS27KeyRotation(t *testing.T) {
	for _, algorithm := range []token.Algorithm{token.ES256, token.EdDSA, token.RS256} {
		t.Run(string(algorithm), func(t *testing.T) {
			s := start(t, func(c *server.Config) { c.Tokens.Algorithm = algorithm; c.Tokens.AccessTTL = time.Hour })
			other := servertest.New(t, servertest.Options{Dir: s.Dir, Configure: func(c *server.Config) {
				c.Tokens.Algorithm, c.Now = algorithm, s.Clock.Now
			}})
			b := signedIn(t, s)
			old, raw := published(t, s), b.AccessToken
			if len(old) != 1 || signedWith(t, raw) != old[0] {
				t.Fatalf("signed with %s, published are %v", signedWith(t, raw), old)
			}
			next, err := other.Auth.Keys().Rotate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.Clock.Advance(time.Minute)
			if got := published(t, s); !slices.Equal(got, []string{old[0], next}) {
				t.Errorf("after a minute published are %v, want %s and %s", got, old[0], next)
			}
			s.Clock.Advance(9*time.Minute - time.Second)
			if wantStatus(t, b.Refresh(), http.StatusOK); signedWith(t, b.AccessToken) != old[0] {
				t.Error("the new key signs before its time")
			}
			s.Clock.Advance(time.Second)
			if wantStatus(t, b.Refresh(), http.StatusOK); signedWith(t, b.AccessToken) != next {
				t.Error("the new key does not sign when its time has come")
			}
			wantStatus(t, b.Get(pathMe), http.StatusOK)
			b.AccessToken = raw
			wantStatus(t, b.Get(pathMe), http.StatusOK)
			s.Clock.Advance(50*time.Minute + 29*time.Second)
			wantStatus(t, b.Get(pathMe), http.StatusOK)
			s.Clock.Advance(time.Second)
			wantRefusal(t, b.Get(pathMe), wire.InvalidToken)
		})
	}
}

// A revoked key: its access tokens are refused by every node within a minute, and
// the sessions live on.
func TestKeyRevocation(t *testing.T) {
	s := start(t)
	other := servertest.New(t, servertest.Options{Dir: s.Dir, Configure: func(c *server.Config) { c.Now = s.Clock.Now }})
	b := signedIn(t, s)
	kid := signedWith(t, b.AccessToken)
	if err := other.Auth.Keys().Revoke(t.Context(), kid); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Minute)
	wantChallenge(t, b.Get(pathMe), wire.ChallengeInvalidToken)
	if slices.Contains(published(t, s), kid) {
		t.Error("the revoked key is published")
	}
	// The client's own rule: a refresh with an access token that is not valid is
	// refused, and repeated without.
	wantRefusal(t, b.Refresh(), wire.InvalidToken)
	b.AccessToken = ""
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	there := other.Browser(t)
	there.AccessToken = b.AccessToken
	wantStatus(t, there.Get(pathMe), http.StatusOK)
}

func TestJWKSCaching(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	first := b.Get(wire.PathJWKS)
	wantStatus(t, first, http.StatusOK)
	cacheControl, tag := first.Header.Get("Cache-Control"), first.Header.Get("ETag")
	seconds, found := strings.CutPrefix(cacheControl, "public, max-age=")
	if age, err := strconv.Atoi(seconds); !found || err != nil || age < 60 || age > 540 {
		t.Errorf("Cache-Control %q, want a minute at least, and a minute less than a key is published ahead", cacheControl)
	}
	for _, test := range []struct {
		name, tag string
		want      int
	}{
		{"the same", tag, http.StatusNotModified},
		{"among others", `"x", W/` + tag, http.StatusNotModified},
		{"any", "*", http.StatusNotModified},
		{"another", `"x"`, http.StatusOK},
	} {
		res := b.Do(header{"If-None-Match": test.tag}.on(b.Request(http.MethodGet, wire.PathJWKS, nil)))
		if res.Status != test.want || res.Header.Get("ETag") != tag || res.Header.Get("Cache-Control") != cacheControl {
			t.Errorf("%s: %d, ETag %q, Cache-Control %q", test.name, res.Status, res.Header.Get("ETag"), res.Header.Get("Cache-Control"))
		}
		if (res.Status == http.StatusNotModified) != (len(res.Body) == 0) {
			t.Errorf("%s: %d with %d bytes", test.name, res.Status, len(res.Body))
		}
	}
	if _, err := s.Auth.Keys().Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	res := b.Do(header{"If-None-Match": tag}.on(b.Request(http.MethodGet, wire.PathJWKS, nil)))
	if wantStatus(t, res, http.StatusOK); res.Header.Get("ETag") == tag {
		t.Error("another document has the same ETag")
	}
	head := b.Do(b.Request(http.MethodHead, wire.PathJWKS, nil))
	if wantStatus(t, head, http.StatusOK); len(head.Body) != 0 || head.Header.Get("ETag") != res.Header.Get("ETag") {
		t.Errorf("HEAD: %d bytes, ETag %q", len(head.Body), head.Header.Get("ETag"))
	}
}
