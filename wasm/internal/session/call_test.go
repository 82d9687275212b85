package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestCallWithFreshToken(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		c := p.call()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 200)
		if len(c.Sent()) != 1 {
			t.Errorf("sent %d times, want once", len(c.Sent()))
		}
		p.wantRefreshes(t, before)
	})
}

func TestCallWithoutSession(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		for range 3 {
			wantStatus(t, p.do(t), 401)
		}
		p.wantRefreshes(t, 1) // the restore, at the start
		p.wantEvents(t)
	})
}

func TestCallsWithExpiredTokenShareOneRefresh(t *testing.T) {
	for _, n := range []int{1, 20, 1000} {
		signedIn(t, func(t *testing.T, p *tab) {
			before := p.backend.Refreshes()
			p.backend.ExpireTokens()
			var calls sync.WaitGroup
			for range n {
				calls.Go(func() { wantStatus(t, p.do(t), 200) })
			}
			calls.Wait()
			p.wantRefreshes(t, before+1)
			p.wantEvents(t, session.ByRefresh)
		})
	}
}

func TestLateRefusalOfAReplacedToken(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		late := make(chan struct{})
		a := p.call()
		a.Answer = func(n int, token session.AccessToken) (session.Answer, error) {
			if n == 1 {
				<-late
				return sessiontest.Refusal, nil
			}
			return session.Answer{Status: 200}, nil
		}
		done := make(chan error)
		go func() { done <- p.Do(session.Forever, a) }()
		synctest.Wait()

		p.backend.ExpireTokens()
		wantStatus(t, p.do(t), 200) // another call brings the new token
		close(late)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		wantStatus(t, a.Status(), 200)
		p.wantRefreshes(t, before+1)
		if sent := a.Sent(); len(sent) != 2 || sent[0] == sent[1] {
			t.Errorf("sent %d times, want twice, with two tokens", len(sent))
		}
	})
}

func TestCallThatIsAlwaysRefused(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		c := p.alwaysRefused()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 401)
		p.wantRefreshes(t, before+1)
		if n := len(c.Sent()); n != 2 {
			t.Errorf("sent %d times, want 2", n)
		}
		if p.Current() == nil {
			t.Error("the session is gone, and nobody has said that it is over")
		}
	})
}

func TestCallIsSentThreeTimesAtMost(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		c := p.call()
		c.Answer = func(n int, _ session.AccessToken) (session.Answer, error) {
			// Whatever the call has been sent with, somebody has a newer one.
			if _, err := p.Refresh(session.Forever); err != nil {
				t.Error(err)
			}
			return sessiontest.Refusal, nil
		}
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		if n := len(c.Sent()); n != 3 {
			t.Errorf("sent %d times, want 3", n)
		}
	})
}

func TestAnswersThatAreNoReasonToRefresh(t *testing.T) {
	for name, answer := range map[string]session.Answer{
		"400":                     {Status: 400},
		"403":                     {Status: 403, Challenge: sessiontest.Refusal.Challenge},
		"405":                     {Status: 405},
		"500":                     {Status: 500},
		"insufficient scope":      {Status: 401, Challenge: `Bearer error="insufficient_scope"`},
		"401 of a foreign origin": {Status: 401, Challenge: sessiontest.Refusal.Challenge, Foreign: true},
	} {
		t.Run(name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				before := p.backend.Refreshes()
				c := p.call()
				c.Answer = func(int, session.AccessToken) (session.Answer, error) { return answer, nil }
				if err := p.Do(session.Forever, c); err != nil {
					t.Fatal(err)
				}
				wantStatus(t, c.Status(), answer.Status)
				p.wantRefreshes(t, before)
			})
		})
	}
}

func TestNetworkErrorOfACallIsItsOwn(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		broken := errors.New("the network is down")
		c := p.call()
		c.Answer = func(int, session.AccessToken) (session.Answer, error) { return session.Answer{}, broken }
		if err := p.Do(session.Forever, c); !errors.Is(err, broken) {
			t.Errorf("error: got %v, want %v", err, broken)
		}
		p.wantRefreshes(t, before)
	})
}

func TestOneShotBody(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		p.backend.ExpireTokens()
		c := p.call()
		c.OneShot = true
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 401)
		synctest.Wait()
		p.wantRefreshes(t, before+1) // behind the call's back, for the next one
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+1)
	})
}

func TestAbortWhileARefreshRuns(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		release := p.hold()
		p.backend.ExpireTokens()
		ctx, abort := context.WithCancel(context.Background())
		aborted, other := make(chan error), make(chan error)
		go func() { aborted <- p.Do(sessiontest.Context(ctx), p.call()) }()
		c := p.call()
		go func() { other <- p.Do(session.Forever, c) }()
		synctest.Wait()

		start := time.Now()
		abort()
		if err := <-aborted; !errors.Is(err, context.Canceled) {
			t.Errorf("error: got %v, want %v", err, context.Canceled)
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("rejected after %v, want at once", waited)
		}
		release()
		if err := <-other; err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 200)
		p.wantRefreshes(t, before+1)
	})
}

func TestDeadTokenIsNotSentTwice(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.answers(errors.New("down"), errors.New("down"), errors.New("down"))
		p.backend.ExpireTokens()
		first, second := p.call(), p.call()
		for _, c := range []*sessiontest.Call{first, second} {
			if err := p.Do(session.Forever, c); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, c.Status(), 401)
		}
		if first.Sent()[0] == "" {
			t.Error("the first call went without the token")
		}
		if sent := second.Sent(); !slices.Equal(sent, []session.AccessToken{""}) {
			t.Errorf("the second call was sent %d times, and first with a dead token: %v", len(sent), sent[0] != "")
		}
	})
}

func TestCallAfterTheTokenWasCondemned(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		first := p.storage.Token()
		lateRefusal := make(chan struct{})
		late := p.call()
		late.Answer = func(n int, token session.AccessToken) (session.Answer, error) {
			if n == 1 {
				<-lateRefusal
				return sessiontest.Refusal, nil
			}
			return session.Answer{Status: 200}, nil
		}
		done := make(chan error)
		go func() { done <- p.Do(session.Forever, late) }()
		synctest.Wait()

		refused := p.alwaysRefused()
		if err := p.Do(session.Forever, refused); err != nil {
			t.Fatal(err)
		}
		second := p.storage.Token() // and the API has called it invalid
		close(lateRefusal)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if third := p.storage.Token(); third == second || !slices.Equal(late.Sent(), []session.AccessToken{first, third}) {
			t.Error("the late call was sent again with a token that the API had refused")
		}
	})
	signedIn(t, func(t *testing.T, p *tab) {
		refused := p.alwaysRefused()
		if err := p.Do(session.Forever, refused); err != nil {
			t.Fatal(err)
		}
		next := p.call()
		if err := p.Do(session.Forever, next); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, next.Status(), 200)
		if n := len(next.Sent()); n != 1 {
			t.Errorf("sent %d times, want once: the refresh comes first", n)
		}
	})
}

func TestNobodyOwnsNothing(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		if p.Owns("") {
			t.Error("an empty Authorization counts as the token of no session")
		}
		p.login(t, "ada")
		if !p.Owns(p.storage.Token()) || p.Owns("another") {
			t.Error("the token in use is not told from another")
		}
	})
}

// meddling is a storage that belongs to the page, and makes a call of its own while
// the manager uses it: on the stack of the manager, whose lock is held.
type meddling struct {
	*sessiontest.Storage
	meddle func()
}

func (m meddling) Save(s session.Stored) error {
	m.meddle()
	return m.Storage.Save(s)
}

func TestCallFromWithinTheStorage(t *testing.T) {
	var p *tab
	meddled := 0
	inTab(t, func(q *tab, c *session.Config) {
		p = q
		c.Storage = meddling{q.storage, func() {
			meddled++
			p.Current()
			p.Owns("a token")
			if _, ok := p.Begin(); ok {
				t.Error("a call may be sent while the token changes")
			}
		}}
	}, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		wantStatus(t, p.do(t), 200)
		if meddled == 0 {
			t.Error("the storage was not used")
		}
	})
}
