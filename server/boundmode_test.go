package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// Each mode with a client that sends proofs, and with one that does not.
func TestModes(t *testing.T) {
	const bearer, bound = wire.SchemeBearer, wire.SchemeDPoP
	for _, test := range []struct {
		mode            server.DPoPMode
		without, having string // the type of the tokens; empty: refused
		schemes         string // in the challenge of a request without a token
	}{
		{"", bearer, bearer, "Bearer"},
		{server.DPoPOff, bearer, bearer, "Bearer"},
		{server.DPoPOptional, bearer, bound, "Bearer DPoP"},
		{server.DPoPRequired, "", bound, "DPoP"},
	} {
		t.Run("mode "+string(test.mode), func(t *testing.T) {
			s := start(t, func(c *server.Config) { c.DPoP.Mode = test.mode })
			for key, want := range map[*dpoptest.Key]string{nil: test.without, dpoptest.NewKey(): test.having} {
				b := s.Browser(t)
				b.Key = key
				res := b.Login(servertest.Email, servertest.Password)
				if want == "" {
					wantRefusal(t, res, wire.InvalidDPoPProof)
					wantNonceWhereNeeded(t, res)
					continue
				}
				wantStatus(t, res, http.StatusCreated)
				wantStatus(t, b.Get(pathMe), http.StatusOK)
				wantStatus(t, b.Refresh(), http.StatusOK)
				wantStatus(t, b.Get(pathMe), http.StatusOK)
				if b.TokenType != want || strings.Contains(payloadOf(t, b), "cnf") != (want == bound) {
					t.Errorf("a token of the type %s: %s", b.TokenType, payloadOf(t, b))
				}
				wantStatus(t, b.Logout(), http.StatusNoContent)
			}
			nobody := s.Browser(t)
			res := nobody.Get(pathMe)
			wantChallenged(t, res, wire.InvalidToken, "", "", strings.Fields(test.schemes)...)
			if offered := res.Header.Get(wire.HeaderDPoPNonce) != ""; offered != (test.schemes != "Bearer") {
				t.Errorf("a nonce is offered: %t", offered)
			}
			refused := nobody.Login(servertest.Email, "wrong password")
			if test.mode == server.DPoPRequired {
				wantRefusal(t, refused, wire.InvalidDPoPProof)
			} else if refused.Status != http.StatusUnauthorized || len(challenges(refused)) != len(strings.Fields(test.schemes)) {
				t.Errorf("a wrong password: %d %v", refused.Status, refused.Header.Values(wire.HeaderChallenge))
			}
		})
	}
}

// What a server that binds nothing does with a header that is none of its business:
// nothing, whatever is in it.
func TestOffIgnoresProofs(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	garbage := header{"DPoP": "garbage"}
	wantStatus(t, b.Do(garbage.on(loginRequest(s.Browser(t), `{"email":"user@example.com","password":"pa55w0rd"}`))), http.StatusCreated)
	wantStatus(t, b.Do(twice(garbage.on(b.RefreshRequest()))), http.StatusOK)
	wantStatus(t, b.Do(garbage.on(call(b))), http.StatusOK)
	res := b.Do(header{"Authorization": "DPoP " + b.AccessToken}.on(b.Request(http.MethodGet, pathMe, nil)))
	wantChallenged(t, res, wire.InvalidToken, "", "", "Bearer")
}

// A mode that changes: what is bound stays bound, and what is not is bound, or asked
// to be.
func TestModeChanges(t *testing.T) {
	first := start(t, bindOptional)
	bound, plain := boundIn(t, first), signedIn(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	restart := func(mode server.DPoPMode) *servertest.Server {
		return servertest.New(t, servertest.Options{Dir: first.Dir, Configure: func(c *server.Config) { c.DPoP.Mode = mode }})
	}

	off := restart(server.DPoPOff)
	b := bound.At(off)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	wantChallenged(t, b.Do(header{"Authorization": "Bearer " + b.AccessToken}.on(call(b))), wire.InvalidToken, "Bearer", "invalid_token", "Bearer")
	wantChallenged(t, b.Do(call(b)), wire.InvalidDPoPProof, "DPoP", "invalid_dpop_proof", "Bearer", "DPoP")
	thief := b.Copy()
	thief.Key = nil
	wantRefusal(t, thief.Refresh(), wire.InvalidDPoPProof)
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantBound(t, b)
	if err := off.Close(); err != nil {
		t.Fatal(err)
	}

	required := restart(server.DPoPRequired)
	p := plain.At(required)
	wantChallenged(t, p.Get(pathMe), wire.InvalidToken, "DPoP", "invalid_token", "DPoP")
	wantRefusal(t, p.Refresh(), wire.InvalidDPoPProof)
	p.Key = dpoptest.NewKey()
	wantStatus(t, p.Refresh(), http.StatusOK)
	wantBound(t, p)
	wantStatus(t, p.Get(pathMe), http.StatusOK)
	wantStatus(t, b.At(required).Get(pathMe), http.StatusOK)
}

func TestDPoPMode(t *testing.T) {
	var mode server.DPoPMode
	for text, want := range map[string]bool{"off": true, "optional": true, "required": true, "": false, "Off": false, "on": false} {
		if err := mode.UnmarshalText([]byte(text)); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Pages of other origins: a preflight lets the header through, and the nonce can be
// read.
func TestBoundCrossOrigin(t *testing.T) {
	s := start(t, allowApp, bindOptional)
	b := boundIn(t, s)
	preflight := b.Do(header{
		"Origin": app, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,dpop",
	}.on(b.Request(http.MethodOptions, pathMe, nil)))
	wantStatus(t, preflight, http.StatusNoContent)
	if got := preflight.Header.Get("Access-Control-Allow-Headers"); got != "authorization,dpop" {
		t.Errorf("Access-Control-Allow-Headers %q", got)
	}
	plain := b.Do(header{"Origin": app, "Access-Control-Request-Method": "GET"}.on(b.Request(http.MethodOptions, pathMe, nil)))
	if got := plain.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(got, "DPoP") {
		t.Errorf("Access-Control-Allow-Headers %q", got)
	}
	res := b.Do(header{"Origin": app}.on(b.Prove(call(b), dpoptest.Claims{"nonce": nil})))
	if got := res.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, wire.HeaderDPoPNonce) || res.Header.Get(wire.HeaderDPoPNonce) == "" {
		t.Errorf("the page can read %q; the nonce is %q", got, res.Header.Get(wire.HeaderDPoPNonce))
	}
}
