package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestLogout(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		revoked, err := p.Logout(session.ThisSession)
		if !revoked || err != nil {
			t.Errorf("logout: got %v, %v, want true", revoked, err)
		}
		p.wantEvents(t, session.ByLogout)
		if p.Current() != nil || p.storage.Token() != "" {
			t.Error("a token is left")
		}
		wantStatus(t, p.do(t), 401)
		p.reload(nil)
		wantStatus(t, p.do(t), 401)
		p.wantRefreshes(t, before)
	})
}

func TestLogoutWhileARefreshRuns(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		p.backend.ExpireTokens()
		status := make(chan int)
		go func() { status <- p.do(t) }()
		synctest.Wait()
		revoked := make(chan bool)
		go func() {
			ok, err := p.Logout(session.ThisSession)
			if err != nil {
				t.Error(err)
			}
			revoked <- ok
		}()
		wantStatus(t, <-status, 401) // at once, without the refresh
		if n := p.backend.Logouts(); n != 0 {
			t.Errorf("logout was told before the refresh had its answer (%d)", n)
		}
		release()
		if !<-revoked {
			t.Error("the server was not told")
		}
		p.wantEvents(t, session.ByLogout)
		if p.Current() != nil || p.storage.Token() != "" {
			t.Error("a token is left")
		}
	})
}

func TestLogoutDoesNotWaitForeverForARefresh(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		go p.Refresh(session.Forever)
		synctest.Wait()
		start := time.Now()
		if revoked, err := p.Logout(session.ThisSession); !revoked || err != nil {
			t.Errorf("logout: got %v, %v", revoked, err)
		}
		if waited := time.Since(start); waited > 15*time.Second {
			t.Errorf("waited %v", waited)
		}
		release()
		synctest.Wait()
		if p.Current() != nil || p.storage.Token() != "" {
			t.Error("the overtaken refresh brought a token back")
		}
		p.wantEvents(t, session.ByLogout)
	})
}

func TestLogoutThatCannotReachTheServer(t *testing.T) {
	inTab(t, func(p *tab, c *session.Config) { c.Server = unreachableLogout{p.backend} }, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		revoked, err := p.Logout(session.ThisSession)
		if revoked || err != nil {
			t.Errorf("logout: got %v, %v, want false", revoked, err)
		}
		if p.Current() != nil {
			t.Error("the session is still there")
		}
		before := p.backend.Refreshes()
		p.reload(nil)
		if p.Current() != nil {
			t.Error("a reload signed the user in again")
		}
		p.wantRefreshes(t, before)
	})
}

func TestLogoutDuringALogin(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		gate := make(chan struct{})
		p.backend.OnLogin = func() { <-gate }
		login, logout := make(chan error), make(chan error)
		go func() {
			_, err := p.Login("ada")
			login <- err
		}()
		synctest.Wait()
		go func() {
			_, err := p.Logout(session.ThisSession)
			logout <- err
		}()
		synctest.Wait()
		close(gate)
		if err := <-login; err != nil {
			t.Fatal(err)
		}
		if err := <-logout; err != nil {
			t.Fatal(err)
		}
		if p.Current() != nil || p.storage.Token() != "" {
			t.Error("the user signed out last, and is signed in")
		}
	})
}

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

func TestLogoutOnAClosedManager(t *testing.T) {
	for _, scope := range []session.Scope{session.ThisSession, session.OtherSessions, session.AllSessions} {
		t.Run("scope "+string(scope), func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				p.Close()
				if revoked, err := p.Logout(scope); revoked || !errors.Is(err, session.ErrDestroyed) {
					t.Errorf("logout: got %v, %v, want %v", revoked, err, session.ErrDestroyed)
				}
			})
		})
	}
}

// unreachableLogout is a server that cannot be told of a logout.
type unreachableLogout struct{ session.Server }

func (unreachableLogout) Logout(session.AccessToken) error { return errDown }

// unreachableEnd is a server that cannot be told to end further sessions.
type unreachableEnd struct{ session.Server }

func (unreachableEnd) End(session.AccessToken, session.Scope) (session.Answer, error) {
	return session.Answer{}, errDown
}
