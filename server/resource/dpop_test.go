package resource_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/resource"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// boundAt is a browser with a bound token, that calls the resource server at url.
func (w *world) boundAt(t *testing.T, url string) *servertest.Browser {
	t.Helper()
	owner := w.Browser(t)
	owner.Key = dpoptest.NewKey()
	if res := owner.Login(servertest.Email, servertest.Password); owner.TokenType != wire.SchemeDPoP {
		t.Fatalf("login: %d %s", res.Status, res.Body)
	}
	b := servertest.NewBrowser(t, url)
	b.Key, b.AccessToken, b.TokenType = owner.Key, owner.AccessToken, owner.TokenType
	return b
}

func order(b *servertest.Browser, scheme, raw string) *http.Request {
	req := b.Request(http.MethodGet, "/orders", nil)
	req.Header.Set(wire.HeaderAuthorization, scheme+" "+raw)
	return req
}

func TestProtectBound(t *testing.T) {
	w := newWorld(t)
	b := w.boundAt(t, w.url)
	plain := w.accessToken(t)
	first := b.Do(b.Prove(order(b, "DPoP", b.AccessToken), nil))
	if p := first.Problem(t); p.Code != wire.UseDPoPNonce || first.Status != http.StatusUnauthorized || b.Nonce == "" {
		t.Fatalf("without a nonce: %d %s", first.Status, first.Body)
	}
	seen := b.Prove(order(b, "DPoP", b.AccessToken), nil)
	if res := b.Do(seen); res.Status != http.StatusOK || len(res.Body) == 0 || res.Header.Get(wire.HeaderDPoPNonce) != "" {
		t.Fatalf("with one: %d %s", res.Status, res.Body)
	}
	thief := b.Copy()
	thief.Key = dpoptest.NewKey()
	prove := func(who *servertest.Browser, changes dpoptest.Claims) *http.Request {
		return who.Prove(order(who, "DPoP", b.AccessToken), changes)
	}
	two := prove(b, nil)
	two.Header["Dpop"] = append(two.Header["Dpop"], two.Header["Dpop"]...)
	for _, test := range []struct {
		name      string
		request   *http.Request
		code      wire.Code
		challenge string // that has the error
	}{
		{"as bearer", order(b, "Bearer", b.AccessToken), wire.InvalidToken, `Bearer error="invalid_token"`},
		{"without a proof", order(b, "DPoP", b.AccessToken), wire.InvalidDPoPProof, `DPoP error="invalid_dpop_proof"`},
		{"with another key", prove(thief, nil), wire.InvalidToken, `DPoP error="invalid_token"`},
		{"once more", seen, wire.InvalidDPoPProof, `DPoP error="invalid_dpop_proof"`},
		{"two proofs", two, wire.InvalidDPoPProof, `DPoP error="invalid_dpop_proof"`},
		{"for the issuer", prove(b, dpoptest.Claims{"htu": w.URL + "/orders"}), wire.InvalidDPoPProof, `DPoP error="invalid_dpop_proof"`},
		{"with the issuer's nonce", prove(b, dpoptest.Claims{"nonce": w.nonceOfTheIssuer(t)}), wire.UseDPoPNonce, `DPoP error="use_dpop_nonce"`},
		{"for another token", prove(b, dpoptest.Claims{"ath": dpoptest.Hash(plain)}), wire.InvalidDPoPProof, `DPoP error="invalid_dpop_proof"`},
		{"a bearer token by the scheme DPoP", b.Prove(order(b, "DPoP", plain), nil), wire.InvalidToken, `DPoP error="invalid_token"`},
		{"garbage by the scheme DPoP", b.Prove(order(b, "DPoP", "garbage"), nil), wire.InvalidToken, `DPoP error="invalid_token"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := b.Do(test.request)
			challenges := res.Header.Get(wire.HeaderChallenge)
			if res.Status != http.StatusUnauthorized || res.Problem(t).Code != test.code || !strings.Contains(challenges, test.challenge) {
				t.Errorf("%d %s\n%q, want 401 %s and %s", res.Status, res.Body, challenges, test.code, test.challenge)
			}
			if !strings.HasPrefix(challenges, "Bearer") || !strings.Contains(challenges, ", DPoP ") || res.Header.Get(wire.HeaderDPoPNonce) == "" {
				t.Errorf("challenges %q, nonce %q; want both schemes, and a nonce", challenges, res.Header.Get(wire.HeaderDPoPNonce))
			}
		})
	}
	if got := w.status(t, plain); got != http.StatusOK {
		t.Errorf("a bearer token: %d", got)
	}
	w.Clock.Advance(150 * time.Second)
	if res := b.Get("/orders"); res.Status != http.StatusOK || res.Header.Get(wire.HeaderDPoPNonce) == "" {
		t.Errorf("with a nonce that gets old: %d, new nonce %q", res.Status, res.Header.Get(wire.HeaderDPoPNonce))
	}
}

// nonceOfTheIssuer is one that the issuer takes.
func (w *world) nonceOfTheIssuer(t *testing.T) string {
	t.Helper()
	b := w.Browser(t)
	b.Get(wire.DefaultPrefix + wire.PathMe)
	if b.Nonce == "" {
		t.Fatal("the issuer has given no nonce")
	}
	return b.Nonce
}

// Not even where the two have one secret.
func TestNoncesOfTheIssuer(t *testing.T) {
	w := newWorld(t)
	secrets, err := secret.ReadFile(filepath.Join(w.Dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	b := w.boundAt(t, serve(t, w.tokens(t, resource.Config{DPoP: resource.DPoPConfig{Secrets: secrets, Replays: w.Store}})))
	req := b.Prove(order(b, "DPoP", b.AccessToken), dpoptest.Claims{"nonce": w.nonceOfTheIssuer(t)})
	if res := b.Do(req); res.Problem(t).Code != wire.UseDPoPNonce {
		t.Errorf("%d %s", res.Status, res.Body)
	}
	if res := b.Get("/orders"); res.Status != http.StatusOK {
		t.Errorf("with its own: %d %s", res.Status, res.Body)
	}
}

func TestProtectRequired(t *testing.T) {
	w := newWorld(t)
	url := serve(t, w.tokens(t, resource.Config{DPoP: resource.DPoPConfig{Required: true}}))
	b := w.boundAt(t, url)
	if res := b.Get("/orders"); res.Status != http.StatusOK {
		t.Errorf("a bound token: %d %s", res.Status, res.Body)
	}
	for name, req := range map[string]*http.Request{
		"a bearer token": order(b, "Bearer", w.accessToken(t)),
		"none":           b.Request(http.MethodGet, "/orders", nil),
	} {
		res := b.Do(req)
		if got := res.Header.Values(wire.HeaderChallenge); res.Status != http.StatusUnauthorized || len(got) != 1 || !strings.HasPrefix(got[0], "DPoP ") {
			t.Errorf("%s: %d %q", name, res.Status, got)
		}
	}
}

// Verify sees no request, so that it takes no token that needs a proof.
func TestVerifyTakesNoBoundToken(t *testing.T) {
	w := newWorld(t)
	b := w.boundAt(t, w.url)
	tokens := w.tokens(t, resource.Config{})
	if claims, err := tokens.Verify(t.Context(), b.AccessToken); !errors.Is(err, token.ErrInvalid) || claims.UserID != "" {
		t.Errorf("%+v, %v", claims, err)
	}
	if _, err := tokens.Verify(t.Context(), w.accessToken(t)); err != nil {
		t.Error(err)
	}
}

// Two servers that know nothing of each other: a proof that one has taken is of no
// use at the other, because its nonce is not. Two that share secrets and memory: the
// nonce is, and the proof is used.
func TestReplayAtAnotherServer(t *testing.T) {
	w := newWorld(t)
	const host = "orders.example.com"
	call := func(tokens *resource.Tokens, req *http.Request) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		tokens.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(answer, req)
		return answer
	}
	secrets, replays := secret.Generate(), dpop.NewMemory(0, w.Clock.Now)
	for _, test := range []struct {
		name   string
		config resource.DPoPConfig
		want   wire.Code
	}{
		{"alone", resource.DPoPConfig{}, wire.UseDPoPNonce},
		{"together", resource.DPoPConfig{Secrets: secrets, Replays: replays}, wire.InvalidDPoPProof},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Origins = []string{"https://" + host}
			here, there := w.tokens(t, resource.Config{DPoP: test.config}), w.tokens(t, resource.Config{DPoP: test.config})
			b := w.boundAt(t, "https://"+host)
			b.Nonce = call(here, b.Request(http.MethodGet, "/orders", nil)).Header().Get(wire.HeaderDPoPNonce)
			req := b.Prove(order(b, "DPoP", b.AccessToken), nil)
			if answer := call(here, req); answer.Code != http.StatusOK {
				t.Fatalf("the first time: %d %s", answer.Code, answer.Body)
			}
			if answer := call(there, req); answer.Code != http.StatusUnauthorized || !strings.Contains(answer.Body.String(), string(test.want)) {
				t.Errorf("at the other server: %d %s, want %s", answer.Code, answer.Body, test.want)
			}
		})
	}
}

// brokenReplays cannot tell whether a proof was used.
type brokenReplays struct{}

func (brokenReplays) UseProof(context.Context, dpop.ID, time.Time) (bool, error) {
	return true, errors.New("disk on fire")
}

func (brokenReplays) ForgetProofs(context.Context, time.Time) (int, error) { return 0, nil }

func TestReplaysAway(t *testing.T) {
	w := newWorld(t)
	b := w.boundAt(t, serve(t, w.tokens(t, resource.Config{DPoP: resource.DPoPConfig{Replays: brokenReplays{}}})))
	res := b.Get("/orders")
	if res.Status != http.StatusServiceUnavailable || res.Header.Get(wire.HeaderRetryAfter) == "" || strings.Contains(string(res.Body), "fire") {
		t.Errorf("%d %s", res.Status, res.Body)
	}
}

// The scheme that the browser used is in the proof; a proxy may have to tell.
func TestProtectBehindAProxy(t *testing.T) {
	w := newWorld(t)
	for name, trusted := range map[string][]netip.Prefix{"trusted": {netip.MustParsePrefix("127.0.0.1/32")}, "not trusted": nil} {
		b := w.boundAt(t, serve(t, w.tokens(t, resource.Config{TrustedProxies: trusted})))
		b.Do(b.Request(http.MethodGet, "/orders", nil)) // for the nonce
		req := order(b, "DPoP", b.AccessToken)
		req.Header.Set("X-Forwarded-Proto", "https")
		req = b.Prove(req, dpoptest.Claims{"htu": "https://" + req.URL.Host + "/orders"})
		if ok := b.Do(req).Status == http.StatusOK; ok != (trusted != nil) {
			t.Errorf("%s: %t", name, ok)
		}
	}
}

func TestDPoPConfig(t *testing.T) {
	for name, test := range map[string]struct {
		config resource.DPoPConfig
		want   string // in the error; empty: none
	}{
		"shared secrets and memory": {resource.DPoPConfig{Secrets: secret.Generate(), Replays: dpop.NewMemory(0, nil)}, ""},
		"shared memory":             {resource.DPoPConfig{Replays: dpop.NewMemory(0, nil)}, ""},
		"shared secrets":            {resource.DPoPConfig{Secrets: secret.Generate()}, "DPoP.Replays is missing"},
		"an origin":                 {resource.DPoPConfig{Origins: []string{"https://orders.example.com"}}, ""},
		"an origin with a path":     {resource.DPoPConfig{Origins: []string{"https://orders.example.com/"}}, "DPoP.Origins"},
		"a host":                    {resource.DPoPConfig{Origins: []string{"orders.example.com"}}, "DPoP.Origins"},
	} {
		_, err := resource.New(resource.Config{Issuer: "https://api.example.com", DPoP: test.config})
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, resource.ErrConfig) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
