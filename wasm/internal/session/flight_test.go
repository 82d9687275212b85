package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

var errDown = errors.New("the network is down")

func TestRefusedRefreshEndsTheSession(t *testing.T) {
	for refusal, want := range map[session.Error]session.Reason{
		{Code: wire.SessionExpired, Status: 401}: session.ByExpiry,
		{Code: wire.RefreshMissing, Status: 401}: session.ByExpiry,
		{Code: wire.RefreshReused, Status: 401}:  session.ByRevocation,
		{Code: wire.SessionRevoked, Status: 401}: session.ByRevocation,
		{Code: wire.SessionUnknown, Status: 401}: session.ByRevocation,
		// Other backends'.
		{Code: session.CodeSessionOver, Status: 401}:             session.ByRevocation,
		{Code: session.CodeSessionOver, Status: 403, Over: true}: session.ByRevocation,
		{Code: "invalid_grant", Status: 400, Over: true}:         session.ByRevocation,
	} {
		t.Run(refusal.Error(), func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.answers(&refusal, &refusal)
				p.backend.ExpireTokens()
				wantStatus(t, p.do(t), 401)
				p.wantEvents(t, want)
				if p.Current() != nil || p.storage.Token() != "" {
					t.Error("a token is left")
				}
				refreshes := p.backend.Refreshes()
				wantStatus(t, p.do(t), 401)
				p.wantRefreshes(t, refreshes)
			})
		})
	}
}

func TestRefusedRefreshSettlesEveryCallAndSaysSoOnce(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		p.backend.Revoke()
		statuses := make(chan int)
		for range 20 {
			go func() { statuses <- p.do(t) }()
		}
		synctest.Wait()
		release()
		for range 20 {
			wantStatus(t, <-statuses, 401)
		}
		p.wantEvents(t, session.ByRevocation)
	})
}

func TestPassingTroubleKeepsTheSession(t *testing.T) {
	for name, trouble := range map[string]error{
		"network":          errDown,
		"500":              &session.Error{Code: wire.Internal, Status: 500},
		"503":              &session.Error{Code: wire.TemporarilyUnavailable, Status: 503},
		"429":              &session.Error{Code: wire.RefreshStorm, Status: 429},
		"400":              &session.Error{Code: wire.AmbiguousCookie, Status: 400},
		"no token":         &session.Error{Code: session.CodeRefreshFailed, Status: 200},
		"superseded twice": &session.Error{Code: wire.RefreshSuperseded, Status: 409},
	} {
		t.Run(name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.answers(trouble, trouble, trouble)
				p.backend.ExpireTokens()
				wantStatus(t, p.do(t), 401)
				p.wantEvents(t, "trouble")
				if p.Current() == nil {
					t.Fatal("the session is gone")
				}
				sessiontest.Elapse(2 * time.Minute)
				wantStatus(t, p.do(t), 200)
			})
		})
	}
}

func TestCallsDuringTheBackOffDoNotRefresh(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		p.answers(errDown)
		p.backend.ExpireTokens()
		for range 50 {
			wantStatus(t, p.do(t), 401)
		}
		p.wantRefreshes(t, before+1)
		sessiontest.Elapse(time.Second)
		p.wantRefreshes(t, before+2)
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+2)
	})
}

func TestBackOffGrowsUpToAMinute(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		var asked []time.Time
		p.backend.OnRefresh = func(session.AccessToken) error {
			asked = append(asked, time.Now())
			return errDown
		}
		p.backend.ExpireTokens()
		p.do(t)
		sessiontest.Elapse(10 * time.Minute)
		want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60}
		for i, seconds := range want {
			if got := asked[i+1].Sub(asked[i]); got != seconds*time.Second {
				t.Errorf("pause %d: got %v, want %v", i+1, got, seconds*time.Second)
			}
		}
	})
}

func TestJitterTakesUpToHalfOffThePause(t *testing.T) {
	inTab(t, func(_ *tab, c *session.Config) { c.Jitter = func() float64 { return 0.5 } }, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		p.answers(errDown)
		p.backend.ExpireTokens()
		p.do(t)
		refreshes := p.backend.Refreshes()
		sessiontest.Elapse(749 * time.Millisecond)
		p.wantRefreshes(t, refreshes)
		sessiontest.Elapse(time.Millisecond)
		p.wantRefreshes(t, refreshes+1)
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.answers(&session.Error{Code: wire.Throttled, Status: 429, RetryAfter: 60})
		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 401)
		refreshes := p.backend.Refreshes()

		sessiontest.Elapse(59 * time.Second)
		p.Wake()
		wantStatus(t, p.do(t), 401)
		_, err := p.Refresh(session.Forever)
		refusal, ok := errors.AsType[*session.Error](err)
		if !ok || refusal.RetryAfter != 1 {
			t.Errorf("refresh(): got %v, want an error with the second that is left", err)
		}
		p.wantRefreshes(t, refreshes)

		sessiontest.Elapse(time.Second)
		p.wantRefreshes(t, refreshes+1)
		wantStatus(t, p.do(t), 200)
	})
}

func TestOnlineEndsTheBackOff(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.answers(errDown)
		p.backend.ExpireTokens()
		p.do(t)
		refreshes := p.backend.Refreshes()
		p.Wake()
		synctest.Wait()
		p.wantRefreshes(t, refreshes+1)
		p.wantEvents(t, "trouble", session.ByRefresh)
		p.Wake() // all is well: no reason to do anything
		synctest.Wait()
		p.wantRefreshes(t, refreshes+1)
	})
}

func TestSupersededRefreshIsMadeOnceMore(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		p.answers(&session.Error{Code: wire.RefreshSuperseded, Status: 409})
		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+2)
		p.wantEvents(t, session.ByRefresh)
	})
}

func TestRefusedAccessTokenIsNotSentAlongAgain(t *testing.T) {
	for _, refusal := range []session.Error{
		{Code: wire.InvalidToken, Status: 401},
		// Filters of other backends, for which the token has expired.
		{Code: session.CodeSessionOver, Status: 401},
		{Code: session.CodeSessionOver, Status: 403, Over: true},
		{Code: "token_not_valid", Status: 401},
	} {
		t.Run(refusal.Error(), func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				var proofs []session.AccessToken
				p.backend.OnRefresh = func(old session.AccessToken) error {
					proofs = append(proofs, old)
					if old != "" {
						return &refusal
					}
					return nil
				}
				p.backend.ExpireTokens()
				wantStatus(t, p.do(t), 200)
				if len(proofs) != 2 || proofs[0] == "" || proofs[1] != "" {
					t.Errorf("refreshes: got %d, want one with the token and one without", len(proofs))
				}
				p.wantEvents(t, session.ByRefresh)
			})
		})
	}
}

func TestRefusedCookieIsNotSentAgain(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		p.answers(&session.Error{Code: wire.SessionRevoked, Status: 401})
		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 401)
		p.wantRefreshes(t, before+1)
	})
}

func TestInvalidTokenWithoutATokenEndsTheSession(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		no := &session.Error{Code: wire.InvalidToken, Status: 401}
		p.answers(no, no, no, no)
		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 401)
		p.wantRefreshes(t, before+2)
		p.wantEvents(t, session.ByRevocation)
	})
}

func TestOverdueRefreshReleasesItsWaiters(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		release := p.hold()
		p.backend.ExpireTokens()
		start := time.Now()
		wantStatus(t, p.do(t), 401)
		if waited := time.Since(start); waited != 15*time.Second {
			t.Errorf("waited %v, want 15s", waited)
		}
		wantStatus(t, p.do(t), 401) // at once: the refresh is still the same
		if waited := time.Since(start); waited != 15*time.Second {
			t.Errorf("the second call waited until %v", waited)
		}
		release()
		p.wantEvents(t, session.ByRefresh) // it was not aborted
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+1)
	})
}

func TestOneRefreshInTheAirAtATime(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		for range 5 {
			p.backend.ExpireTokens()
			for range 10 {
				go p.do(t)
				go p.Refresh(session.Forever)
			}
			synctest.Wait()
		}
		if got := p.backend.MostInAir(); got != 1 {
			t.Errorf("refreshes in the air at once: got %d, want 1", got)
		}
	})
}
