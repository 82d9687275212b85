package session_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

func TestLogin(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		s, err := p.Login("ada")
		if err != nil || s.Claims.Subject != "ada" {
			t.Fatalf("login: got %v, %v", s, err)
		}
		p.wantEvents(t, session.ByLogin)
		if s != p.Current() {
			t.Error("the session is not the one that login returned")
		}
	})
}

func TestFailedLoginLeavesTheSessionAlone(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.Current()
		_, err := p.Login("")
		if refusal, ok := errors.AsType[*session.Error](err); !ok || refusal.Code != wire.InvalidCredentials {
			t.Errorf("login: got %v, want %s", err, wire.InvalidCredentials)
		}
		p.wantEvents(t)
		if p.Current() != before {
			t.Error("the session changed")
		}
	})
}

func TestLoginWaitsForTheRefreshInFlight(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		go p.Refresh(session.Forever)
		synctest.Wait()
		done := make(chan *session.Session)
		go func() {
			s, err := p.Login("eve")
			if err != nil {
				t.Error(err)
			}
			done <- s
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("login overtook the refresh, whose cookie comes last")
		default:
			release()
			<-done
		}
		if got := p.Current().Claims.Subject; got != "eve" {
			t.Errorf("user: got %s, want eve", got)
		}
	})
}

func TestRefreshOnDemand(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.Current()
		s, err := p.Refresh(session.Forever)
		if err != nil || s == before || s != p.Current() {
			t.Errorf("refresh: got %v, %v, want a new session", s, err)
		}
		p.wantEvents(t, session.ByRefresh)
	})
}

func TestRefreshOnDemandEndsTheBackOff(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.answers(errDown)
		if _, err := p.Refresh(session.Forever); !errors.Is(err, errDown) {
			t.Errorf("refresh: got %v, want %v", err, errDown)
		}
		if _, err := p.Refresh(session.Forever); err != nil {
			t.Errorf("second refresh: %v", err)
		}
	})
}

func TestRefreshOfASessionThatIsOver(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.backend.Revoke()
		_, err := p.Refresh(session.Forever)
		if refusal, ok := errors.AsType[*session.Error](err); !ok || refusal.Code != wire.SessionRevoked {
			t.Errorf("refresh: got %v, want %s", err, wire.SessionRevoked)
		}
	})
}

func TestRefreshThatIsOverdue(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		defer release()
		_, err := p.Refresh(session.Forever)
		if failure, ok := errors.AsType[*session.Error](err); !ok || failure.Code != session.CodeRefreshFailed {
			t.Errorf("refresh: got %v, want %s", err, session.CodeRefreshFailed)
		}
		release()
		synctest.Wait()
	})
}

func TestListenerMayCallEverything(t *testing.T) {
	var p *tab
	listening := func(q *tab, c *session.Config) {
		told := c.Notify
		c.Notify = func(e session.Event) {
			told(e)
			if changed, ok := e.(session.Changed); ok && changed.Reason == session.ByRefresh {
				go p.Refresh(session.Forever)
				go p.do(t)
				go p.Logout(session.ThisSession)
			}
		}
		p = q
	}
	inTab(t, listening, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		p.backend.ExpireTokens()
		p.do(t)
		synctest.Wait()
		if p.Current() != nil {
			t.Error("the listener's logout was lost")
		}
	})
}

func TestCallsDuringALogin(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		gate := make(chan struct{})
		p.backend.OnLogin = func() { <-gate }
		before := p.backend.Refreshes()
		p.backend.ExpireTokens()
		login, status := make(chan error), make(chan int)
		go func() {
			_, err := p.Login("ada")
			login <- err
		}()
		synctest.Wait()
		go func() { status <- p.do(t) }()
		synctest.Wait()
		close(gate)
		if err := <-login; err != nil {
			t.Fatal(err)
		}
		wantStatus(t, <-status, 200)
		synctest.Wait()
		p.wantRefreshes(t, before) // the login's token did
		p.wantEvents(t, session.ByLogin)
	})
}

func TestLoginOvertakesAnOverdueRefresh(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		go p.Refresh(session.Forever)
		synctest.Wait()
		if _, err := p.Login("ada"); err != nil { // after 15 s
			t.Fatal(err)
		}
		mine := p.storage.Token()
		release()
		p.wantEvents(t, session.ByLogin)
		if p.storage.Token() != mine {
			t.Error("the overtaken refresh replaced the token of the login")
		}
	})
}

func TestListenerGetsARefreshOfItsOwn(t *testing.T) {
	var p *tab
	refreshed := make(chan error, 1)
	listening := func(q *tab, c *session.Config) {
		p = q
		once := false
		c.Notify = func(e session.Event) {
			if changed, ok := e.(session.Changed); ok && changed.Reason == session.ByRefresh && !once {
				once = true
				go func() {
					_, err := p.Refresh(session.Forever)
					refreshed <- err
				}()
				synctest.Wait() // until it waits, or is through
			}
		}
	}
	inTab(t, listening, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		before := p.backend.Refreshes()
		p.backend.ExpireTokens()
		p.do(t)
		synctest.Wait()
		if len(refreshed) != 1 {
			t.Error("the listener's refresh has not come back")
		}
		p.wantRefreshes(t, before+2)
	})
}
