package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestClosedManagerRefusesCalls(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		release := p.hold()
		defer release()
		p.backend.ExpireTokens()
		waiting := make(chan error)
		go func() { waiting <- p.Do(session.Forever, p.call()) }()
		synctest.Wait()
		p.Close()
		if err := <-waiting; !errors.Is(err, session.ErrDestroyed) {
			t.Errorf("waiting call: got %v, want %v", err, session.ErrDestroyed)
		}
		if err := p.Do(session.Forever, p.call()); !errors.Is(err, session.ErrDestroyed) {
			t.Errorf("later call: got %v, want %v", err, session.ErrDestroyed)
		}
	})
}

func TestClosedManagerDoesNothingMore(t *testing.T) {
	t.Run("refresh in flight", func(t *testing.T) {
		signedIn(t, func(t *testing.T, p *tab) {
			release := p.hold()
			token := p.storage.Token()
			go p.Refresh(session.Forever)
			synctest.Wait()
			p.Close()
			release()
			p.wantEvents(t)
			if p.storage.Token() != token {
				t.Error("the storage changed")
			}
		})
	})
	t.Run("back-off", func(t *testing.T) {
		signedIn(t, func(t *testing.T, p *tab) {
			p.answers(errDown)
			p.backend.ExpireTokens()
			p.do(t)
			refreshes := p.backend.Refreshes()
			p.Close()
			sessiontest.Elapse(time.Hour)
			p.wantRefreshes(t, refreshes)
		})
	})
}

func TestLoginOfAnInstanceThatIsDestroyed(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		answer := make(chan struct{})
		p.backend.OnLogin = func() { <-answer }
		done := make(chan error)
		go func() {
			_, err := p.Login("ada")
			done <- err
		}()
		synctest.Wait()
		p.Close()
		close(answer)
		if err := <-done; !errors.Is(err, session.ErrDestroyed) {
			t.Errorf("got %v", err)
		}
		// The browser has the session all the same, and a reload finds it.
		if got := p.hint.Load().State; got != session.MayLive {
			t.Errorf("the mark says %q", got)
		}
	})
}
