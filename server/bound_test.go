package server_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func bindOptional(c *server.Config) { c.DPoP.Mode = server.DPoPOptional }
func bindRequired(c *server.Config) { c.DPoP.Mode = server.DPoPRequired }

// withKey is a browser that has a key and no session.
func withKey(t *testing.T, s *servertest.Server) *servertest.Browser {
	t.Helper()
	b := s.Browser(t)
	b.Key = dpoptest.NewKey()
	return b
}

// boundIn is one that has a session, bound to its key.
func boundIn(t *testing.T, s *servertest.Server) *servertest.Browser {
	t.Helper()
	b := withKey(t, s)
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	wantBound(t, b)
	return b
}

// wantBound wants the last token to be one that is bound to the browser's key.
func wantBound(t *testing.T, b *servertest.Browser) {
	t.Helper()
	if want := `"cnf":{"jkt":"` + b.Key.Thumbprint() + `"}`; b.TokenType != wire.SchemeDPoP || !strings.Contains(payloadOf(t, b), want) {
		t.Fatalf("a token of the type %s with %s, want %s", b.TokenType, payloadOf(t, b), want)
	}
}

// payloadOf is what is in the access token.
func payloadOf(t *testing.T, b *servertest.Browser) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(b.AccessToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// call is a request with the access token, without a proof.
func call(b *servertest.Browser) *http.Request {
	return header{"Authorization": b.TokenType + " " + b.AccessToken}.on(b.Request(http.MethodGet, pathMe, nil))
}

// challenges takes the list in WWW-Authenticate apart.
func challenges(res servertest.Response) []string {
	field := res.Header.Get(wire.HeaderChallenge)
	if bearer, proof, both := strings.Cut(field, ", "+wire.SchemeDPoP); both {
		return []string{bearer, wire.SchemeDPoP + proof}
	}
	if field == "" {
		return nil
	}
	return []string{field}
}

// wantChallenged wants a 401 of a route, with that error in the challenge of that
// scheme, and no other scheme than those given.
func wantChallenged(t *testing.T, res servertest.Response, code wire.Code, scheme, challenge string, schemes ...string) {
	t.Helper()
	p := res.Problem(t)
	if res.Status != http.StatusUnauthorized || p.Code != code || p.Status != res.Status || p.Detail == "" {
		t.Fatalf("%d %s, want 401 %s", res.Status, res.Body, code)
	}
	var got []string
	for _, line := range challenges(res) {
		name, params, _ := strings.Cut(line, " ")
		got = append(got, name)
		if has := strings.HasPrefix(params, `error="`+challenge+`", error_description="`); has != (name == scheme) {
			t.Errorf("challenge %s, want error %s by %s", line, challenge, scheme)
		}
		if scheme == "" && strings.Contains(line, "error=") {
			t.Errorf("challenge %s names an error", line)
		}
		if (name == wire.SchemeDPoP) != strings.HasSuffix(line, `algs="ES256 EdDSA"`) {
			t.Errorf("challenge %s: only that of DPoP has algorithms", line)
		}
	}
	if strings.Join(got, " ") != strings.Join(schemes, " ") {
		t.Errorf("the challenges are of %v, want %v", got, schemes)
	}
	wantNonceWhereNeeded(t, res)
}

// wantNonceWhereNeeded wants a nonce with what is about one.
func wantNonceWhereNeeded(t *testing.T, res servertest.Response) {
	t.Helper()
	if code := res.Problem(t).Code; code == wire.UseDPoPNonce || code == wire.InvalidDPoPProof {
		if res.Header.Get(wire.HeaderDPoPNonce) == "" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: no nonce, or one that could be cached: %v", code, res.Header)
		}
	}
}

// From the login to the logout: one round trip more for the first nonce, and none
// after it.
func TestBoundSession(t *testing.T) {
	asked := 0
	s := start(t, bindOptional, func(c *server.Config) {
		check := c.Authenticate
		c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
			asked++
			return check(ctx, email, password)
		}
	})
	b := withKey(t, s)
	login := loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`)
	res := b.Do(b.Prove(login, nil))
	wantRefusal(t, res, wire.UseDPoPNonce)
	wantNonceWhereNeeded(t, res)
	if asked != 0 {
		t.Error("the password was checked before the proof")
	}
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	wantBound(t, b)
	if asked != 1 {
		t.Errorf("with the nonce there were %d logins, want one", asked)
	}
	rec, _, err := s.Store.Session(t.Context(), claimsOf(t, s, b).SessionID)
	if err != nil || rec.KeyThumbprint != b.Key.Thumbprint() || rec.KeyGeneration != 0 {
		t.Errorf("the session is %+v (%v)", rec, err)
	}
	for range 3 {
		wantStatus(t, b.Do(b.Prove(call(b), nil)), http.StatusOK)
		s.Clock.Advance(2 * time.Minute) // in steps that no nonce outlives twice
		wantStatus(t, b.Do(b.Prove(call(b), nil)), http.StatusOK)
		res := b.Do(b.Prove(b.RefreshRequest(), nil))
		wantStatus(t, res, http.StatusOK)
		var token wire.Token
		res.JSON(t, &token)
		cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
		b.AccessToken, b.TokenType, b.Cookie = token.AccessToken, token.TokenType, cookie
		wantBound(t, b)
	}
	s.Clock.Advance(time.Hour)
	wantStatus(t, b.Refresh(), http.StatusOK) // with the expired token, by the scheme DPoP
	wantStatus(t, b.Logout(), http.StatusNoContent)
	if rec, _, err := s.Store.Session(t.Context(), rec.ID); err != nil || rec.Reason != wire.ReasonLogout {
		t.Errorf("after the logout, without a proof: %+v (%v)", rec, err)
	}
}

// What a thief can do with the access token, and with what else was seen of the
// owner's requests.
func TestStolenAccessToken(t *testing.T) {
	s := start(t, bindOptional)
	b := boundIn(t, s)
	plain := signedIn(t, s)
	seen := b.Prove(call(b), nil)
	wantStatus(t, b.Do(seen), http.StatusOK)
	thief := b.Copy()
	thief.Key = dpoptest.NewKey()
	prove := func(who *servertest.Browser, changes dpoptest.Claims) *http.Request {
		return who.Prove(call(who), changes)
	}
	origin := s.URL

	for _, test := range []struct {
		name      string
		request   *http.Request
		code      wire.Code
		scheme    string // whose challenge has the error
		challenge string
	}{
		{"as bearer", header{"Authorization": "Bearer " + b.AccessToken}.on(call(b)), wire.InvalidToken, "Bearer", "invalid_token"},
		{"as bearer, with the owner's proof", header{"Authorization": "Bearer " + b.AccessToken}.on(prove(b, nil)), wire.InvalidToken, "Bearer", "invalid_token"},
		{"without a proof", call(b), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"with an empty proof", header{"DPoP": ""}.on(call(b)), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"with a key of the thief's", prove(thief, nil), wire.InvalidToken, "DPoP", "invalid_token"},
		{"the owner's request once more", seen, wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of another method", prove(b, dpoptest.Claims{"htm": "DELETE"}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of another address", prove(b, dpoptest.Claims{"htu": origin + "/api/users"}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of another server", prove(b, dpoptest.Claims{"htu": "https://evil.example" + pathMe}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of another scheme", prove(b, dpoptest.Claims{"htu": strings.Replace(origin, "http:", "https:", 1) + pathMe}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of another token", prove(b, dpoptest.Claims{"ath": dpoptest.Hash(plain.AccessToken)}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of no token", prove(b, dpoptest.Claims{"ath": nil}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof without a nonce", prove(b, dpoptest.Claims{"nonce": nil}), wire.UseDPoPNonce, "DPoP", "use_dpop_nonce"},
		{"a proof made ahead of time", prove(b, dpoptest.Claims{"nonce": "AAAAAAAAAAAAAAAAAAAAAA"}), wire.UseDPoPNonce, "DPoP", "use_dpop_nonce"},
		{"two proofs", twice(prove(b, nil)), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a proof of more than 8 KiB", prove(b, dpoptest.Claims{"x": strings.Repeat("x", 8<<10)}), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof"},
		{"a token that is bound to nothing, by the scheme DPoP", b.Prove(header{"Authorization": "DPoP " + plain.AccessToken}.on(call(b)), nil), wire.InvalidToken, "DPoP", "invalid_token"},
		{"a forged token by the scheme DPoP", b.Prove(header{"Authorization": "DPoP " + plain.AccessToken + "x"}.on(call(b)), nil), wire.InvalidToken, "DPoP", "invalid_token"},
		{"no token, a proof alone", b.Prove(b.Request(http.MethodGet, pathMe, nil), nil), wire.InvalidToken, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantChallenged(t, b.Do(test.request), test.code, test.scheme, test.challenge, "Bearer", "DPoP")
		})
	}
	wantStatus(t, b.Do(prove(b, dpoptest.Claims{"htu": origin + pathMe + "?a=b"})), http.StatusOK)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	wantStatus(t, plain.Get(pathMe), http.StatusOK)
	wantStatus(t, b.Get("/api/auth/sessions"), http.StatusOK)
}

func twice(r *http.Request) *http.Request {
	r.Header["Dpop"] = append(r.Header["Dpop"], r.Header["Dpop"]...)
	return r
}

// Protect is RequireAuth for net/http; a prefix that was cut off on the way to it
// is part of the address all the same.
func TestBoundRoutesOfTheApplication(t *testing.T) {
	s := servertest.New(t, servertest.Options{
		Configure: bindOptional,
		Routes: func(mux *http.ServeMux, auth *server.Auth) {
			orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				claims, _ := server.ClaimsFromContext(r.Context())
				w.Header().Set("Cache-Control", "private")
				_, _ = w.Write([]byte(claims.KeyThumbprint))
			})
			mux.Handle("/app/", http.StripPrefix("/app", auth.Protect(orders)))
		},
	})
	b := boundIn(t, s)
	res := b.Get("/app/orders/%7euser%2f1?page=2")
	wantStatus(t, res, http.StatusOK)
	if string(res.Body) != b.Key.Thumbprint() {
		t.Errorf("the handler knows the key %q", res.Body)
	}
	if got := res.Header.Get(wire.HeaderDPoPNonce); got != "" {
		t.Errorf("an answer that may be cached has the nonce %q, although the client's counts", got)
	}
	wantStatus(t, b.Do(header{"Authorization": "DPoP " + b.AccessToken}.on(b.Request(http.MethodGet, "/app/orders", nil))), http.StatusUnauthorized)
}

// A nonce that is not the current one any more still counts, and brings the next.
func TestNonceIsRenewed(t *testing.T) {
	s := start(t, bindOptional)
	b := boundIn(t, s)
	first := b.Nonce
	s.Clock.Advance(150 * time.Second)
	res := b.Do(b.Prove(call(b), nil))
	wantStatus(t, res, http.StatusOK)
	if b.Nonce == first || res.Header.Get(wire.HeaderDPoPNonce) != b.Nonce {
		t.Fatalf("no new nonce came with the answer: %v", res.Header)
	}
	if res := b.Do(b.Prove(call(b), nil)); res.Status != http.StatusOK || res.Header.Get(wire.HeaderDPoPNonce) != "" {
		t.Errorf("with the new one: %d, nonce %q", res.Status, res.Header.Get(wire.HeaderDPoPNonce))
	}
	s.Clock.Advance(150 * time.Second)
	res = b.Do(b.Prove(b.RefreshRequest(), nil))
	if res.Status != http.StatusOK || res.Header.Get(wire.HeaderDPoPNonce) == "" {
		t.Errorf("a refresh: %d, nonce %q", res.Status, res.Header.Get(wire.HeaderDPoPNonce))
	}
}

// The address that the browser used, when a proxy is in between.
func TestBoundBehindAProxy(t *testing.T) {
	local := netip.MustParsePrefix("127.0.0.0/8")
	for _, test := range []struct {
		name    string
		trusted []netip.Prefix
		origins []string
		header  header
		host    string
		origin  string // of the address in the proof
		ok      bool
	}{
		{"TLS ends at a proxy that is trusted", []netip.Prefix{local}, nil, header{"X-Forwarded-Proto": "https"}, "api.example.com", "https://api.example.com", true},
		{"and the proof says otherwise", []netip.Prefix{local}, nil, header{"X-Forwarded-Proto": "https"}, "api.example.com", "http://api.example.com", false},
		{"at one that is not", nil, nil, header{"X-Forwarded-Proto": "https"}, "api.example.com", "https://api.example.com", false},
		{"default port", nil, nil, nil, "API.example.com:80", "http://api.example.com", true},
		{"another host is not believed", []netip.Prefix{local}, nil, header{"X-Forwarded-Host": "api.example.com"}, "inside:8080", "http://api.example.com", false},
		{"where browsers reach the server is known", nil, []string{"https://app.example.com", "https://api.example.com"}, nil, "inside:8080", "https://api.example.com", true},
		{"and it is not the host that somebody names", nil, []string{"https://api.example.com"}, nil, "evil.example", "http://evil.example", false},
		{"a host that is none", nil, nil, nil, "a@b", "http://a@b", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, bindOptional, func(c *server.Config) { c.HTTP.TrustedProxies, c.DPoP.Origins = test.trusted, test.origins })
			b := withKey(t, s)
			// A nonce comes with whatever is refused.
			b.Do(b.Prove(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`), nil))
			login := test.header.on(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`))
			login.Host = test.host
			res := b.Do(b.Prove(login, dpoptest.Claims{"htu": test.origin + pathAuth}))
			if test.ok {
				wantStatus(t, res, http.StatusCreated)
				return
			}
			wantRefusal(t, res, wire.InvalidDPoPProof)
		})
	}
}

func TestBoundOverTLS(t *testing.T) {
	s := start(t, bindOptional)
	b := withKey(t, s)
	b.Do(b.Prove(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`), nil))
	for origin, want := range map[string]int{"https://api.example.com": 201, "http://api.example.com": 400} {
		req := b.Prove(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`), dpoptest.Claims{"htu": origin + pathAuth})
		req.Host, req.TLS, req.RequestURI = "api.example.com", &tls.ConnectionState{}, "https://api.example.com"+pathAuth
		if res := serveDirectly(s, req); res.Code != want {
			t.Errorf("%s: %d %s, want %d", origin, res.Code, res.Body, want)
		}
	}
}

// A store that cannot tell whether a proof was used is no reason for a 401.
func TestUsedProofsCannotBeLookedUp(t *testing.T) {
	store := &forgetful{}
	s := start(t, bindOptional, func(c *server.Config) {
		store.Store = c.Store
		c.Store = store
	})
	b := boundIn(t, s)
	store.fail = errors.New("disk on fire")
	for name, res := range map[string]servertest.Response{
		"call":    b.Do(b.Prove(call(b), nil)),
		"refresh": b.Do(b.Prove(b.RefreshRequest(), nil)),
		"login":   b.Copy().Login(servertest.Email, servertest.Password),
	} {
		if p := wantRefusal(t, res, wire.TemporarilyUnavailable); strings.Contains(p.Detail, "fire") {
			t.Errorf("%s: the client is told %q", name, p.Detail)
		}
	}
	store.fail = nil
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	wantStatus(t, b.Refresh(), http.StatusOK)
	if sessions, err := s.Store.Sessions(t.Context(), claimsOf(t, s, b).UserID, s.Clock.Now()); err != nil || len(sessions) != 1 {
		t.Errorf("there are %d sessions (%v), want one", len(sessions), err)
	}
}

// Proofs that are over are forgotten with whatever else is.
func TestUsedProofsAreForgotten(t *testing.T) {
	store := &forgetful{}
	s := start(t, bindOptional, func(c *server.Config) {
		store.Store = c.Store
		c.Store = store
	})
	b := boundIn(t, s)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	for wait, want := range map[time.Duration]int{0: 0, time.Hour: 2} {
		s.Clock.Advance(wait)
		if err := s.Auth.Maintain(t.Context()); err != nil || store.forgot != want {
			t.Errorf("%v later %d were forgotten (%v), want %d", wait, store.forgot, err, want)
		}
		s.Clock.Advance(-wait)
		store.forgot = 0
		if want > 0 {
			break
		}
	}
}

// Nothing of a proof, a nonce or a thumbprint is in the log or in a refusal.
func TestProofsAreNotLogged(t *testing.T) {
	s := start(t, bindOptional)
	b := boundIn(t, s)
	req := b.Prove(call(b), nil)
	wantStatus(t, b.Do(req), http.StatusOK)
	bodies := string(b.Do(req).Body) // used before
	for _, changes := range []dpoptest.Claims{{"nonce": "AAAAAAAAAAAAAAAAAAAAAA"}, {"htu": "https://hidden.example/"}, {"ath": "hidden"}, {"jti": nil}} {
		bodies += string(b.Do(b.Prove(call(b), changes)).Body) + string(b.Do(b.Prove(b.RefreshRequest(), maps.Clone(changes))).Body)
	}
	everything := s.Log.String() + bodies
	for _, secret := range []string{
		req.Header.Get("DPoP"), strings.Split(req.Header.Get("DPoP"), ".")[2], b.Nonce, "AAAAAAAAAAAAAAAAAAAAAA",
		"hidden", b.Key.Thumbprint(), b.AccessToken,
	} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q is in the log or in an answer", secret)
		}
	}
	if !strings.Contains(everything, "for another address") {
		t.Error("the log does not say what was wrong")
	}
}
