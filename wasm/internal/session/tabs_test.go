package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestLoginIsEveryTabs(t *testing.T) {
	everywhere(t, func(t *testing.T, at place) {
		inWindow(t, 3, at, func(t *testing.T, w *window) {
			before := w.backend.Refreshes()
			for i, p := range w.tabs {
				if p.Current() == nil || p.Current().Claims.Subject != "ada" {
					t.Errorf("tab %d is not signed in", i)
				}
			}
			w.do(t, 200)
			if got := w.backend.Refreshes() - before; got != 0 {
				t.Errorf("the calls made %d refreshes", got)
			}
		})
	})
}

func TestExpiredTokensInManyTabs(t *testing.T) {
	for at, want := range map[place]int{memory: 5, sessionStorage: 5, localStorage: 1} {
		inWindow(t, 5, at, func(t *testing.T, w *window) {
			before := w.backend.Refreshes()
			w.backend.ExpireTokens()
			w.do(t, 200)
			if got := w.backend.Refreshes() - before; got != want {
				t.Errorf("%s: %d refreshes, want %d", at, got, want)
			}
			if w.backend.MostInAir() != 1 {
				t.Errorf("%s: %d refreshes at once", at, w.backend.MostInAir())
			}
		})
	}
}

func TestLogoutIsEveryTabs(t *testing.T) {
	everywhere(t, func(t *testing.T, at place) {
		inWindow(t, 3, at, func(t *testing.T, w *window) {
			before := w.backend.Refreshes()
			if _, err := w.tabs[0].Logout(session.ThisSession); err != nil {
				t.Fatal(err)
			}
			for _, p := range w.tabs {
				p.wantEvents(t, session.ByLogout)
				if p.Current() != nil || p.storage.Token() != "" {
					t.Error("a token is left")
				}
			}
			w.do(t, 401)
			if got := w.backend.Refreshes() - before; got != 0 || w.backend.Logouts() != 1 {
				t.Errorf("%d refreshes and %d logouts", got, w.backend.Logouts())
			}
		})
	})
}

func TestEndOfTheSessionIsEveryTabs(t *testing.T) {
	inWindow(t, 3, memory, func(t *testing.T, w *window) {
		w.tabs[0].answers(&session.Error{Code: wire.SessionExpired, Status: 401})
		w.backend.ExpireTokens()
		wantStatus(t, w.tabs[0].do(t), 401)
		for _, p := range w.tabs {
			p.wantEvents(t, session.ByExpiry)
		}
	})
}

func TestTabThatHangsHoldsNobodyUpForLong(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		w.Hang()
		w.backend.ExpireTokens()
		start := time.Now()
		wantStatus(t, w.tabs[0].do(t), 200)
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("the call took %v", waited)
		}
	})
}

func TestTabThatDiesGivesTheLockBack(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		hanging := w.Hang()
		w.backend.ExpireTokens()
		done := make(chan int)
		go func() { done <- w.tabs[0].do(t) }()
		synctest.Wait()
		hanging.Die()
		start := time.Now()
		wantStatus(t, <-done, 200)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the call went on waiting for %v", waited)
		}
	})
}

func TestVisitorsTabsCostOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		browser, hint := &sessiontest.Browser{}, &sessiontest.Hint{}
		backend := &sessiontest.Backend{Life: life}
		hanging := browser.Hang() // so that both have begun before either has an answer
		for range 3 {
			p := &tab{backend: backend, clock: sessiontest.NewClock(), storage: &sessiontest.Storage{}, hint: hint}
			p.open(func(p *tab, c *session.Config) { c.Tabs = browser.Open() })
			defer p.Close()
		}
		hanging.Die()
		synctest.Wait()
		if got := backend.Refreshes(); got != 1 {
			t.Errorf("%d refreshes", got)
		}
	})
}

func TestRefreshIsEveryTabsInLocalStorage(t *testing.T) {
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		sessiontest.Elapse(time.Minute)
		before := w.backend.Refreshes()
		if _, err := w.tabs[0].Refresh(session.Forever); err != nil {
			t.Fatal(err)
		}
		w.tabs[1].wantEvents(t, session.ByRefresh)
		if *w.tabs[1].Current() != *w.tabs[0].Current() {
			t.Error("the tabs have different sessions")
		}
		if got := w.backend.Refreshes() - before; got != 1 {
			t.Errorf("%d refreshes", got)
		}
	})
}

func TestRestoreInTwoTabsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		browser, hint := &sessiontest.Browser{}, &sessiontest.Hint{}
		backend := &sessiontest.Backend{Life: life}
		backend.SignIn("ada")
		backend.OnRefresh = func(session.AccessToken) error {
			<-time.After(time.Second)
			return nil
		}
		hanging := browser.Hang() // so that both have begun before either has an answer
		var calls []*sessiontest.Call
		for range 2 {
			p := &tab{backend: backend, clock: sessiontest.NewClock(), storage: &sessiontest.Storage{}, hint: hint}
			p.open(func(p *tab, c *session.Config) { c.Tabs = browser.Open() })
			defer p.Close()
			call := p.call()
			calls = append(calls, call)
			go func() { _ = p.Do(session.Forever, call) }()
		}
		synctest.Wait()
		hanging.Die()
		sessiontest.Elapse(3 * time.Second)
		for _, call := range calls {
			if len(call.Sent()) != 1 || call.Status() != 200 {
				t.Errorf("a call was sent %d times and answered with %d", len(call.Sent()), call.Status())
			}
		}
	})
}

func TestRefreshThatHangsIsMadeUpForByAnotherTab(t *testing.T) {
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		release := w.tabs[0].hold() // of both, as they share the backend
		defer release()
		w.backend.ExpireTokens()
		done := make(chan int)
		go func() { done <- w.tabs[0].do(t) }()
		synctest.Wait()
		w.backend.OnRefresh = nil
		w.tabs[1].do(t) // without the lock, after 5 s
		select {
		case status := <-done:
			wantStatus(t, status, 200)
		case <-time.After(time.Second):
			t.Error("the call waits for its own tab's refresh, although the token is there")
		}
	})
}

func TestStoredTokenThatHasExpiredIsNotAdopted(t *testing.T) {
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		w.ends[0].Sleep()
		if _, err := w.tabs[1].Refresh(session.Forever); err != nil {
			t.Fatal(err)
		}
		sessiontest.Elapse(2 * life)
		w.ends[0].Wake()
		w.tabs[0].Wake()
		w.tabs[0].wantEvents(t)
	})
}
