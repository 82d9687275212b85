package session_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// A call whose proof lacks the nonce goes out again as it was: no refresh, and the
// token is as good as before.
func TestNonceWantedByACall(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		refreshes, token := p.backend.Refreshes(), p.storage.Token()
		p.backend.WantNonce(1)
		decisions := p.observe()
		c := p.call()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 200)
		if !slices.Equal(c.Sent(), []session.AccessToken{token, token}) {
			t.Errorf("sent %d times, want twice with the same token", len(c.Sent()))
		}
		if got := strings.Join(codes(decisions()), " "); got != "sent sent_nonce sent answered" {
			t.Errorf("decisions: %s", got)
		}
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, refreshes)
		p.wantEvents(t)
	})
}

func TestNonceWantedTwiceIsTheCallers(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		refreshes := p.backend.Refreshes()
		p.backend.WantNonce(2)
		c := p.call()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 401)
		if n := len(c.Sent()); n != 2 {
			t.Errorf("sent %d times, want twice", n)
		}
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, refreshes)
	})
}

// The page slept: neither the nonce nor the token is what it was.
func TestNonceWantedAndTokenExpired(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		refreshes := p.backend.Refreshes()
		p.backend.ExpireTokens()
		p.backend.WantNonce(1)
		c := p.call()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 200)
		if n := len(c.Sent()); n != 3 {
			t.Errorf("sent %d times, want three times: for the nonce, and for the token", n)
		}
		p.wantRefreshes(t, refreshes+1)
	})
}

// Between two calls of one page the token has changed: the newer one it is.
func TestNonceWantedForATokenThatWasReplaced(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		first := p.storage.Token()
		c := p.call()
		c.Answer = func(n int, _ session.AccessToken) (session.Answer, error) {
			if n > 1 {
				return session.Answer{Status: 200}, nil
			}
			if _, err := p.Refresh(session.Forever); err != nil {
				t.Error(err)
			}
			return sessiontest.NonceWanted, nil
		}
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		if second := p.storage.Token(); !slices.Equal(c.Sent(), []session.AccessToken{first, second}) {
			t.Error("not sent again with the newest token")
		}
	})
}

func TestNonceWantedByAnother(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		c := p.call()
		c.Answer = func(n int, _ session.AccessToken) (session.Answer, error) {
			p.login(t, "eve")
			return sessiontest.NonceWanted, nil
		}
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		if n := len(c.Sent()); n != 1 {
			t.Errorf("sent %d times: the second time as another user", n)
		}
	})
}

func TestNonceWantedForAStream(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		refreshes := p.backend.Refreshes()
		p.backend.WantNonce(1)
		c := p.call()
		c.OneShot = true
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 401)
		synctest.Wait() // for what might go on behind the call's back
		p.wantRefreshes(t, refreshes)
		wantStatus(t, p.do(t), 200)
	})
}

// A proof that is wrong in itself, such as one for the address that a redirect left,
// is no better with another token.
func TestRefusedProofIsNoReasonToRefresh(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		refreshes := p.backend.Refreshes()
		c := p.call()
		c.Answer = func(int, session.AccessToken) (session.Answer, error) {
			return session.Answer{Status: 401, Challenge: `DPoP error="invalid_dpop_proof", algs="ES256"`}, nil
		}
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		if n := len(c.Sent()); n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
		p.wantRefreshes(t, refreshes)
	})
}

func TestNonceWantedByAnAuthEndpoint(t *testing.T) {
	for _, test := range []struct {
		name string
		does func(p *tab) error
		asks func(b *sessiontest.Backend) int
	}{
		{"login", func(p *tab) error {
			_, err := p.Login("ada")
			return err
		}, (*sessiontest.Backend).Logins},
		{"refresh", func(p *tab) error {
			_, err := p.Refresh(session.Forever)
			return err
		}, (*sessiontest.Backend).Refreshes},
	} {
		t.Run(test.name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				before := test.asks(p.backend)
				p.backend.WantNonce(1)
				decisions := p.observe()
				if err := test.does(p); err != nil {
					t.Fatal(err)
				}
				if n := test.asks(p.backend) - before; n != 2 {
					t.Errorf("asked %d times, want twice", n)
				}
				if list := codes(decisions()); !slices.Contains(list, "auth_nonce") {
					t.Errorf("decisions: %v", list)
				}

				p.backend.WantNonce(2)
				var refusal *session.Error
				if err := test.does(p); !errors.As(err, &refusal) || refusal.Code != wire.UseDPoPNonce {
					t.Errorf("wanted again and again: %v", err)
				}
				if p.Current() == nil {
					t.Error("the session is gone, though nobody has said so")
				}
			})
		})
	}
}

func TestNonceWantedForTheEndOfSessions(t *testing.T) {
	for _, scope := range []session.Scope{session.OtherSessions, session.AllSessions} {
		signedIn(t, func(t *testing.T, p *tab) {
			p.backend.SignInElsewhere()
			refreshes := p.backend.Refreshes()
			p.backend.WantNonce(1)
			if revoked, err := p.Logout(scope); err != nil || !revoked {
				t.Errorf("scope %s: revoked %v, error %v", scope, revoked, err)
			}
			p.wantRefreshes(t, refreshes)
		})
	}
}

// Another server's refusals, and one that lists 400 among the statuses that end a
// session: of the proof they are, not of the session.
func TestRefusedProofKeepsTheSession(t *testing.T) {
	for _, refusal := range []session.Error{
		{Code: wire.InvalidDPoPProof, Status: 400},
		{Code: wire.InvalidDPoPProof, Status: 400, Over: true},
		{Code: wire.UseDPoPNonce, Status: 401},
		{Code: session.CodeNotBound, Status: 200},
	} {
		t.Run(refusal.Error(), func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.answers(&refusal, &refusal, &refusal)
				p.backend.ExpireTokens()
				wantStatus(t, p.do(t), 401)
				p.wantEvents(t, "trouble")
				if p.Current() == nil {
					t.Error("the session is gone")
				}
			})
		})
	}
}

// The browser has lost the key of the session, but perhaps not every page of it.
func TestLostKey(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		mark := p.hint.Load()
		p.answers(&session.Error{Code: wire.DPoPKeyMismatch, Status: 401})
		refreshes := p.backend.Refreshes()
		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 401)
		p.wantRefreshes(t, refreshes+1)
		events := p.said()
		want := session.Changed{Reason: session.ByExpiry, Code: wire.DPoPKeyMismatch}
		if len(events) != 1 || events[0] != want {
			t.Errorf("events: %+v", events)
		}
		if p.Current() != nil || p.storage.Token() != "" {
			t.Error("a token is left")
		}
		if p.hint.Load() != mark {
			t.Error("the other tabs are told that the session is over")
		}
		p.login(t, "ada")
		wantStatus(t, p.do(t), 200)
	})
}
