package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// forgetful is a store whose memory of used proofs fails, and which counts what it
// was told to forget.
type forgetful struct {
	server.Store
	fail   error
	forgot int
}

func (s *forgetful) UseProof(ctx context.Context, id dpop.ID, until time.Time) (bool, error) {
	if s.fail != nil {
		return true, s.fail // which is not to be believed
	}
	return s.Store.UseProof(ctx, id, until)
}

func (s *forgetful) ForgetProofs(ctx context.Context, by time.Time) (int, error) {
	count, err := s.Store.ForgetProofs(ctx, by)
	s.forgot += count
	return count, err
}

// serveDirectly serves a request without a network.
func serveDirectly(s *servertest.Server, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.Auth.Handler().ServeHTTP(answer, r)
	return answer
}

// What a thief can do with the refresh cookie of a bound session: nothing, and the
// session goes on.
func TestStolenCookie(t *testing.T) {
	var heard []server.Event
	s := start(t, bindOptional, func(c *server.Config) {
		c.Observer = observe(func(e server.Event) {
			if e.Type == server.EventRefresh {
				heard = append(heard, e)
			}
		})
	})
	b := boundIn(t, s)
	old := b.Copy()
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantStatus(t, b.Get(pathMe), http.StatusOK) // its successor is seen used
	owner := claimsOf(t, s, b)
	s.Clock.Advance(time.Hour)
	for name, cookie := range map[string]*servertest.Browser{"the current one": b.Copy(), "one that was replaced": old} {
		t.Run(name, func(t *testing.T) {
			thief := cookie.Copy()
			thief.Key, thief.Nonce = nil, ""
			res := thief.Refresh()
			wantRefusal(t, res, wire.InvalidDPoPProof)
			wantNonceWhereNeeded(t, res)
			thief.AccessToken = ""
			wantRefusal(t, thief.Refresh(), wire.InvalidDPoPProof)

			thief.Key = dpoptest.NewKey()
			res = thief.Refresh()
			wantChallenged(t, res, wire.DPoPKeyMismatch, "DPoP", "invalid_token", "Bearer", "DPoP")
			if got := res.Header.Values("Set-Cookie"); got != nil {
				t.Errorf("a refusal touches the cookie: %q", got)
			}
			last := heard[len(heard)-1]
			if last.Outcome != rotation.Mismatched || last.SessionID != owner.SessionID || last.Rotation == nil || last.Rotation.Why == "" {
				t.Errorf("an operator hears of %+v", last)
			}
			if first := heard[len(heard)-3]; first.Outcome != rotation.Unproven || first.Code != wire.InvalidDPoPProof || first.Rotation == nil {
				t.Errorf("an operator hears of %+v", first)
			}
		})
	}
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantBound(t, b)
	if got := claimsOf(t, s, b).Generation; got != owner.Generation+1 {
		t.Errorf("generation %d after the thief, want %d: something has rotated meanwhile", got, owner.Generation+1)
	}
}

// A proof of the owner's that is seen, or made for something else, refreshes nothing.
func TestProofOfARefresh(t *testing.T) {
	s := start(t, bindOptional)
	b := boundIn(t, s)
	seen := b.Prove(b.RefreshRequest(), nil)
	for _, test := range []struct {
		name    string
		changes dpoptest.Claims
		want    wire.Code
	}{
		{"no nonce", dpoptest.Claims{"nonce": nil}, wire.UseDPoPNonce},
		{"of a login", dpoptest.Claims{"htu": s.URL + pathAuth}, wire.InvalidDPoPProof},
		{"of another method", dpoptest.Claims{"htm": "GET"}, wire.InvalidDPoPProof},
		{"without jti", dpoptest.Claims{"jti": nil}, wire.InvalidDPoPProof},
	} {
		res := b.Do(b.Prove(b.RefreshRequest(), test.changes))
		wantRefusal(t, res, test.want)
		wantNonceWhereNeeded(t, res)
		if res.Header.Get(wire.HeaderChallenge) != "" {
			t.Errorf("%s: a 400 of an auth endpoint has a challenge", test.name)
		}
	}
	wantRefusal(t, b.Do(twice(b.Prove(b.RefreshRequest(), nil))), wire.InvalidDPoPProof)
	// The hash of the expired access token is not asked for.
	wantStatus(t, b.Do(b.Prove(b.RefreshRequest(), dpoptest.Claims{"ath": nil})), http.StatusOK)
	wantStatus(t, b.Do(seen), http.StatusOK)
	wantRefusal(t, b.Do(seen), wire.InvalidDPoPProof)
	if log := s.Log.String(); !strings.Contains(log, "used before") || !strings.Contains(log, "refresh refused: the proof of the client's key") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// Visitors and garbage are told so whatever their proof is: that costs no round
// trip, and no line in the store.
func TestProofsOfVisitors(t *testing.T) {
	store := &forgetful{fail: rotation.ErrUnavailable}
	s := start(t, bindRequired, func(c *server.Config) {
		store.Store = c.Store
		c.Store = store
	})
	visitor := withKey(t, s)
	res := visitor.Do(visitor.Prove(visitor.RefreshRequest(), nil))
	if res.Problem(t).Code != wire.RefreshMissing || res.Header.Get(wire.HeaderDPoPNonce) == "" {
		t.Errorf("without a cookie: %s, nonce %q", res.Body, res.Header.Get(wire.HeaderDPoPNonce))
	}
	visitor.Cookie = "__Host-Http-refresh_token=garbage"
	if res := visitor.Do(visitor.Prove(visitor.RefreshRequest(), nil)); res.Problem(t).Code != wire.RefreshMalformed {
		t.Errorf("with garbage: %s", res.Body)
	}
}

// Switching binding on signs nobody out: a session is bound when a proof first
// comes with a refresh.
func TestASessionIsBoundLater(t *testing.T) {
	s := start(t, bindOptional)
	b := signedIn(t, s)
	before := b.Copy()
	b.Key = dpoptest.NewKey()
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantBound(t, b)
	wantStatus(t, before.Get(pathMe), http.StatusOK) // to its own expiry
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantRefusal(t, reloaded(before).Refresh(), wire.InvalidDPoPProof)
}

// The two refusals of a lost key, RFC 9449 has none: sign in again in the same
// browser, which ends the session that nobody can use any more.
func TestSignInAfterTheKeyWasLost(t *testing.T) {
	s := start(t, bindOptional)
	b := boundIn(t, s)
	lost := claimsOf(t, s, b).SessionID
	b.Key = dpoptest.NewKey()
	if code := b.Refresh().Problem(t).Code; code != wire.DPoPKeyMismatch {
		t.Fatalf("refreshed with another key: %s", code)
	}
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	wantBound(t, b)
	if rec, _, err := s.Store.Session(t.Context(), lost); err != nil || rec.Reason != wire.ReasonReplaced {
		t.Errorf("the lost session is %+v (%v)", rec, err)
	}
}

// Several nodes on one database: each takes the nonces of the others, and none a
// proof that another one has taken, also at the same moment.
func TestProofsAcrossNodes(t *testing.T) {
	here := start(t, bindOptional)
	there := servertest.New(t, servertest.Options{Dir: here.Dir, Configure: func(c *server.Config) {
		bindOptional(c)
		c.Now = here.Clock.Now
	}})
	b := withKey(t, here)
	// One name for both, as behind a load balancer.
	send := func(node *servertest.Server, req *http.Request) *httptest.ResponseRecorder {
		req.Host, req.TLS, req.RequestURI = "api.example.com", nil, req.URL.Path
		return serveDirectly(node, req)
	}
	prove := func(req *http.Request) *http.Request {
		return b.Prove(req, dpoptest.Claims{"htu": "http://api.example.com" + req.URL.Path})
	}
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	nodes := []*servertest.Server{here, there}
	for name, request := range map[string]func() *http.Request{
		"a call":    func() *http.Request { return call(b) },
		"a refresh": func() *http.Request { return b.RefreshRequest() },
	} {
		for round := range 8 {
			req := prove(request())
			answers := make([]*httptest.ResponseRecorder, 2)
			var ready, done sync.WaitGroup
			ready.Add(len(nodes))
			for i, node := range nodes {
				copied := req.Clone(t.Context())
				done.Go(func() {
					ready.Done()
					ready.Wait()
					answers[i] = send(node, copied)
				})
			}
			done.Wait()
			if ok := answers[0].Code == http.StatusOK; ok == (answers[1].Code == http.StatusOK) {
				t.Fatalf("%s, round %d: %d and %d; want one of them to take the proof\n%s%s", name, round, answers[0].Code, answers[1].Code, answers[0].Body, answers[1].Body)
			}
			for _, answer := range answers {
				if answer.Code != http.StatusOK && !strings.Contains(answer.Body.String(), string(wire.InvalidDPoPProof)) {
					t.Errorf("%s: refused with %s", name, answer.Body)
				}
			}
			if name == "a refresh" {
				break // its cookie is replaced now
			}
		}
	}
	// And one after the other.
	req := prove(call(b))
	if first, second := send(here, req), send(there, req.Clone(t.Context())); first.Code != http.StatusOK || second.Code != http.StatusUnauthorized {
		t.Errorf("%d, and at the other node %d", first.Code, second.Code)
	}
}

// A login that is sent twice begins one session.
func TestALoginIsNotReplayed(t *testing.T) {
	s := start(t, bindOptional)
	b := withKey(t, s)
	const body = `{"email":"user@example.com","password":"pa55w0rd"}`
	b.Do(b.Prove(loginRequest(b, body), nil))
	req := b.Prove(loginRequest(b, body), nil)
	proof := req.Header.Get(wire.HeaderDPoP)
	wantStatus(t, b.Do(req), http.StatusCreated)
	again := loginRequest(b, body)
	again.Header.Set(wire.HeaderDPoP, proof)
	wantRefusal(t, b.Do(again), wire.InvalidDPoPProof)
}
