package session_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestLogoutOfOtherSessions(t *testing.T) {
	for _, test := range []struct {
		name      string
		before    func(p *tab)
		revoked   bool
		elsewhere int // sessions that are left
		refreshes int
		events    []session.Reason
	}{
		{name: "a fresh token", revoked: true},
		{
			name: "an expired token", revoked: true, refreshes: 1, events: []session.Reason{session.ByRefresh},
			before: func(*tab) { sessiontest.Elapse(life) },
		},
		{
			name: "a token that the server refuses", revoked: true, refreshes: 1, events: []session.Reason{session.ByRefresh},
			before: func(p *tab) { p.backend.ExpireTokens() },
		},
		{
			name: "a session that is over", elsewhere: 1, refreshes: 1, events: []session.Reason{session.ByRevocation},
			before: func(p *tab) { p.backend.Revoke() },
		},
		{
			name: "no way to refresh", elsewhere: 1, refreshes: 1, events: []session.Reason{"trouble"},
			before: func(p *tab) { p.backend.ExpireTokens(); p.answers(errDown) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.backend.SignInElsewhere()
				if test.before != nil {
					test.before(p)
				}
				before := p.backend.Refreshes()
				revoked, err := p.Logout(session.OtherSessions)
				if revoked != test.revoked || err != nil {
					t.Errorf("logout: got %v, %v, want %v", revoked, err, test.revoked)
				}
				if n := p.backend.Elsewhere(); n != test.elsewhere {
					t.Errorf("other sessions: got %d, want %d", n, test.elsewhere)
				}
				p.wantEvents(t, test.events...)
				p.wantRefreshes(t, before+test.refreshes)
				if n := p.backend.Logouts(); n != 0 {
					t.Errorf("the session's own logout was sent (%d)", n)
				}
			})
		})
	}
}

func TestLogoutOfOtherSessionsSharesTheRefresh(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.backend.SignInElsewhere()
		p.backend.ExpireTokens()
		before := p.backend.Refreshes()
		release := p.hold()
		status, revoked := make(chan int), make(chan bool)
		go func() { status <- p.do(t) }()
		go func() {
			ok, _ := p.Logout(session.OtherSessions)
			revoked <- ok
		}()
		synctest.Wait()
		release()
		wantStatus(t, <-status, 200)
		if !<-revoked {
			t.Error("the server was not told")
		}
		p.wantRefreshes(t, before+1)
	})
}

func TestLogoutOfAllSessions(t *testing.T) {
	for _, test := range []struct {
		name      string
		server    func(session.Server) session.Server
		revoked   bool
		elsewhere int
	}{
		{name: "the server answers", revoked: true},
		{name: "offline", elsewhere: 1, server: func(s session.Server) session.Server { return unreachableLogout{unreachableEnd{s}} }},
		{name: "only the first request is lost", elsewhere: 1, server: func(s session.Server) session.Server { return unreachableEnd{s} }},
		{name: "only the second one is lost", revoked: true, server: func(s session.Server) session.Server { return unreachableLogout{s} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			adjust := func(_ *tab, c *session.Config) {
				if test.server != nil {
					c.Server = test.server(c.Server)
				}
			}
			inTab(t, adjust, func(t *testing.T, p *tab) {
				p.login(t, "ada")
				p.backend.SignInElsewhere()
				revoked, err := p.Logout(session.AllSessions)
				if revoked != test.revoked || err != nil {
					t.Errorf("logout: got %v, %v, want %v", revoked, err, test.revoked)
				}
				if n := p.backend.Elsewhere(); n != test.elsewhere {
					t.Errorf("other sessions: got %d, want %d", n, test.elsewhere)
				}
				p.wantEvents(t, session.ByLogout)
				if p.Current() != nil || p.storage.Token() != "" {
					t.Error("a token is left")
				}
			})
		})
	}
}

func TestLogoutOfAllSessionsEndsThisOneAtOnce(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(p *tab) (release func())
	}{
		{name: "while the request hangs", before: func(p *tab) func() {
			gate := make(chan struct{})
			p.backend.OnEnd = func() { <-gate }
			return func() { close(gate) }
		}},
		{name: "while a refresh for it hangs", before: func(p *tab) func() {
			p.backend.ExpireTokens()
			return p.hold()
		}},
		{name: "while another refresh hangs", before: func(p *tab) func() {
			release := p.hold()
			go p.Refresh(session.Forever)
			synctest.Wait()
			return release
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.backend.SignInElsewhere()
				release := test.before(p)
				revoked := make(chan bool)
				go func() {
					ok, _ := p.Logout(session.AllSessions)
					revoked <- ok
				}()
				p.wantEvents(t, session.ByLogout)
				if p.Current() != nil || p.storage.Token() != "" {
					t.Error("a token is left")
				}
				release()
				if !<-revoked || p.backend.Elsewhere() != 0 {
					t.Errorf("%d other sessions are left", p.backend.Elsewhere())
				}
				p.wantEvents(t)
			})
		})
	}
}

func TestLogoutOfAllSessionsLeavesALaterLoginAlone(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		gate := make(chan struct{})
		p.backend.OnEnd = func() { <-gate }
		logout, login := make(chan error), make(chan error)
		go func() {
			_, err := p.Logout(session.AllSessions)
			logout <- err
		}()
		synctest.Wait()
		go func() {
			_, err := p.Login("grace")
			login <- err
		}()
		synctest.Wait()
		close(gate)
		if err := errors.Join(<-logout, <-login); err != nil {
			t.Fatal(err)
		}
		p.wantEvents(t, session.ByLogout, session.ByLogin)
		wantStatus(t, p.do(t), 200)
	})
}

// The cookie may be another user's by the time that the token has to be renewed.
func TestLogoutOfAllSessionsEndsNobodyElses(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(p *tab)
	}{
		{name: "the new token tells", before: func(*tab) {}},
		{name: "the server tells", before: func(p *tab) {
			p.backend.Opaque = true
			p.answers(&session.Error{Code: wire.AccountSwitched, Status: 409})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inTab(t, nil, func(t *testing.T, p *tab) {
				test.before(p)
				p.login(t, "ada")
				p.backend.SignIn("grace") // in another tab
				p.backend.SignInElsewhere()
				p.backend.ExpireTokens()
				if revoked, err := p.Logout(session.AllSessions); revoked || err != nil {
					t.Errorf("logout: got %v, %v, want false", revoked, err)
				}
				if p.backend.Elsewhere() != 1 {
					t.Error("the other user's sessions have ended")
				}
			})
		})
	}
}

func TestLogoutOfAllSessionsRefreshes(t *testing.T) {
	for _, test := range []struct {
		name      string
		before    func(p *tab)
		revoked   bool
		refreshes int
		ends      int // requests to end all
	}{
		{name: "not with a good token", revoked: true, ends: 1},
		{name: "once, with a token that the server refuses", revoked: true, refreshes: 1, ends: 2, before: func(p *tab) { p.backend.ExpireTokens() }},
		{name: "once, with a session that is over", refreshes: 1, ends: 1, before: func(p *tab) { p.backend.Revoke() }},
		{name: "not where nobody is signed in", before: func(p *tab) { p.Logout(session.ThisSession) }},
		{name: "not while the server wants to be left alone", refreshes: 1, ends: 1, before: func(p *tab) {
			p.backend.ExpireTokens()
			p.answers(&session.Error{Status: 429, RetryAfter: 60})
			p.Refresh(session.Forever)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				before := p.backend.Refreshes()
				if test.before != nil {
					test.before(p)
				}
				ends := 0
				p.backend.OnEnd = func() { ends++ }
				if revoked, err := p.Logout(session.AllSessions); revoked != test.revoked || err != nil {
					t.Errorf("logout: got %v, %v, want %v", revoked, err, test.revoked)
				}
				p.wantRefreshes(t, before+test.refreshes)
				if ends != test.ends {
					t.Errorf("requests to end all: got %d, want %d", ends, test.ends)
				}
				if p.Current() != nil || p.storage.Token() != "" {
					t.Error("a token is left")
				}
			})
		})
	}
}

// unreachableEnd is a server that cannot be told to end further sessions.
type unreachableEnd struct{ session.Server }

func (unreachableEnd) End(session.AccessToken, session.Scope) (session.Answer, error) {
	return session.Answer{}, errDown
}
