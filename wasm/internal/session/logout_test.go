package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
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

func TestLogoutDuringTheRestore(t *testing.T) {
	var release func()
	inTab(t, func(p *tab, _ *session.Config) { p.backend.SignIn("ada"); release = p.hold() }, func(t *testing.T, p *tab) {
		ready, logout := make(chan *session.Session), make(chan bool)
		go func() { ready <- p.Ready() }()
		synctest.Wait()
		go func() {
			revoked, _ := p.Logout(session.ThisSession)
			logout <- revoked
		}()
		if s := <-ready; s != nil {
			t.Errorf("ready: got %v, want none", s)
		}
		if p.backend.Logouts() != 0 {
			t.Error("ready waited for the answer")
		}
		release()
		if !<-logout {
			t.Error("the server was not told")
		}
		p.wantEvents(t)
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
