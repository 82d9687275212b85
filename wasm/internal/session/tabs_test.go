package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// window is a browser with some tabs, all of which have restored ada's session.
type window struct {
	*sessiontest.Browser
	backend *sessiontest.Backend
	tabs    []*tab
	ends    []*sessiontest.Tab // of the channel, tab by tab
	storage *sessiontest.Storage
}

// Where the tabs of a window keep the token.
type place string

const (
	memory         place = "memory"
	sessionStorage place = "sessionStorage" // each its own
	localStorage   place = "localStorage"   // one for all
)

// inWindow runs f with n tabs.
func inWindow(t *testing.T, n int, at place, f func(t *testing.T, w *window)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &window{Browser: &sessiontest.Browser{}, backend: &sessiontest.Backend{Life: life}, storage: &sessiontest.Storage{}}
		hint := &sessiontest.Hint{}
		for range n {
			p := &tab{backend: w.backend, clock: sessiontest.NewClock(), storage: &sessiontest.Storage{}, hint: hint}
			if at == localStorage {
				p.storage = w.storage
			}
			w.tabs = append(w.tabs, p)
			w.ends = append(w.ends, w.Open())
			w.open(len(w.tabs)-1, at)
		}
		defer func() {
			for _, p := range w.tabs {
				p.Close()
			}
		}()
		w.tabs[0].login(t, "ada")
		w.settle()
		f(t, w)
	})
}

// open makes the manager of a tab, as a page load does.
func (w *window) open(i int, at place) {
	p := w.tabs[i]
	p.open(func(p *tab, c *session.Config) {
		c.Tabs, c.Shared = w.ends[i], at == localStorage
		if at == memory {
			c.Storage = nil
		}
	})
	w.ends[i].Hear = p.Hear
}

// settle forgets the events and refreshes so far.
func (w *window) settle() {
	for _, p := range w.tabs {
		p.said()
	}
}

// do makes a call in every tab at once, and wants the status of each to be as given;
// zero: whatever it is.
func (w *window) do(t *testing.T, want int) {
	t.Helper()
	statuses := make(chan int)
	for _, p := range w.tabs {
		go func() { statuses <- p.do(t) }()
	}
	for range w.tabs {
		if got := <-statuses; want != 0 {
			wantStatus(t, got, want)
		}
	}
}

func everywhere(t *testing.T, f func(t *testing.T, at place)) {
	for _, at := range []place{memory, sessionStorage, localStorage} {
		t.Run(string(at), func(t *testing.T) { f(t, at) })
	}
}

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

func TestAnotherUserSignsInInAnotherTab(t *testing.T) {
	everywhere(t, func(t *testing.T, at place) {
		inWindow(t, 2, at, func(t *testing.T, w *window) {
			here, there := w.tabs[0], w.tabs[1]
			// A call of ada's is on its way.
			answer := make(chan struct{})
			late := here.call()
			late.Answer = func(int, session.AccessToken) (session.Answer, error) {
				<-answer
				return sessiontest.Refusal, nil
			}
			done := make(chan error)
			go func() { done <- here.Do(session.Forever, late) }()
			synctest.Wait()

			there.login(t, "eve")
			here.wantEvents(t, session.ByAccountSwitched)
			if got := here.Current().Claims.Subject; got != "eve" {
				t.Errorf("the session is %s's", got)
			}
			wantStatus(t, here.do(t), 200)
			close(answer)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if sent := late.Sent(); len(sent) != 1 {
				t.Errorf("ada's call was sent %d times", len(sent))
			}
		})
	})
}

func TestTabActsAsNobodyUntilItKnowsWhoSignedIn(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		here, there := w.tabs[0], w.tabs[1]
		here.answers(errDown, errDown)
		there.login(t, "eve")
		synctest.Wait()
		call := here.call()
		if err := here.Do(session.Forever, call); err != nil {
			t.Fatal(err)
		}
		if sent := call.Sent(); len(sent) != 1 || sent[0] != "" {
			t.Errorf("the call was sent %d times, with a token", len(sent))
		}
	})
}

func TestSleepingTab(t *testing.T) {
	for _, test := range []struct {
		name    string
		happens func(*window) error
		want    session.Reason
		status  int
	}{
		{"somebody signs out", func(w *window) error {
			_, err := w.tabs[1].Logout(session.ThisSession)
			return err
		}, session.ByLogout, 401},
		{"another user signs in", func(w *window) error {
			_, err := w.tabs[1].Login("eve")
			return err
		}, session.ByAccountSwitched, 200},
		{"the same user signs in again", func(w *window) error {
			_, err := w.tabs[1].Login("ada")
			return err
		}, session.ByRestore, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWindow(t, 2, memory, func(t *testing.T, w *window) {
				w.ends[0].Sleep()
				if err := test.happens(w); err != nil {
					t.Fatal(err)
				}
				w.tabs[0].wantEvents(t)
				w.ends[0].Wake()
				w.tabs[0].Wake()
				w.tabs[0].wantEvents(t, test.want)
				wantStatus(t, w.tabs[0].do(t), test.status)
			})
		})
	}
}

func TestNewsThatIsLate(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		stale := w.tabs[0].hint.Load()
		w.tabs[0].login(t, "ada")
		w.settle()
		stale.State = session.Gone
		w.tabs[0].Hear(session.News{Mark: stale, Reason: session.ByLogout})
		w.tabs[0].wantEvents(t)
		if w.tabs[0].Current() == nil {
			t.Error("it ended a session that began after it")
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

func TestTokenOfAnEarlierLoginIsNotUsed(t *testing.T) {
	for name, end := range map[string]func(*window) error{
		"signed out": func(w *window) error { _, err := w.tabs[1].Logout(session.ThisSession); return err },
		"switched":   func(w *window) error { _, err := w.tabs[1].Login("eve"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			inWindow(t, 2, memory, func(t *testing.T, w *window) {
				// The tab has a storage of its own, and is away while it happens.
				own := &sessiontest.Storage{}
				mine := w.tabs[0].Current()
				if err := own.Save(session.Stored{AccessToken: "ada-1", Login: w.tabs[0].hint.Load().ID, Claims: mine.Claims}); err != nil {
					t.Fatal(err)
				}
				w.tabs[0].Close()
				w.ends[0].Sleep()
				if err := end(w); err != nil {
					t.Fatal(err)
				}
				w.tabs[0].storage = own
				w.tabs[0].open(nil)
				call := w.tabs[0].call()
				if err := w.tabs[0].Do(session.Forever, call); err != nil {
					t.Fatal(err)
				}
				for _, token := range call.Sent() {
					if token == "ada-1" {
						t.Error("the call was sent with the token of the session before")
					}
				}
				if own.Token() == "ada-1" {
					t.Error("the token of the session before is still stored")
				}
			})
		})
	}
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

func TestNewsOfALoginEndsTheBackoff(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		w.tabs[0].answers(&session.Error{Code: wire.Throttled, Status: 429, RetryAfter: 3600})
		w.backend.ExpireTokens()
		wantStatus(t, w.tabs[0].do(t), 401)
		w.settle()
		release := w.tabs[0].hold()
		w.tabs[1].login(t, "ada")
		call := w.tabs[0].call()
		done := make(chan error)
		go func() { done <- w.tabs[0].Do(session.Forever, call) }()
		synctest.Wait()
		release()
		if err := <-done; err != nil || len(call.Sent()) != 1 {
			t.Errorf("a call that could wait for the new session: %v, sent %d times", err, len(call.Sent()))
		}
		w.tabs[0].wantEvents(t, session.ByRestore)
	})
}

// What another process shows of localStorage may be a moment old.
func TestStorageThatIsBehindTheNews(t *testing.T) {
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		stored, err := w.storage.Load()
		if err != nil {
			t.Fatal(err)
		}
		behind := &sessiontest.Storage{}
		w.tabs[0].Close()
		w.tabs[0].storage = behind
		w.open(0, localStorage)
		w.settle()
		stored.AccessToken = "ada-other" // which a third tab has stored
		if err := behind.Save(stored); err != nil {
			t.Fatal(err)
		}
		w.tabs[1].login(t, "eve")
		w.tabs[0].wantEvents(t, session.ByAccountSwitched)
		if got := w.tabs[0].Current().Claims.Subject; got != "eve" {
			t.Errorf("the session is %s's", got)
		}
	})
}

func TestNewsOfALoginLeavesNoTokenOfTheUserBefore(t *testing.T) {
	inWindow(t, 2, sessionStorage, func(t *testing.T, w *window) {
		w.tabs[0].answers(errDown)
		w.tabs[1].login(t, "eve")
		w.tabs[0].wantEvents(t, "trouble")
		if w.tabs[0].storage.Token() != "" {
			t.Error("ada's token is still stored")
		}
	})
}

// late answers a refresh with what was there when it was asked.
type late struct {
	*sessiontest.Backend
	answer chan struct{}
}

func (l late) Refresh(old session.AccessToken) (session.Grant, error) {
	grant, err := l.Backend.Refresh(old)
	<-l.answer
	return grant, err
}

func TestAnswerThatANewLoginHasOvertaken(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		l := late{w.backend, make(chan struct{})}
		w.tabs[0].Close()
		w.tabs[0].open(func(p *tab, c *session.Config) { c.Server, c.Tabs = l, w.ends[0] })
		w.ends[0].Hear = w.tabs[0].Hear
		l.answer <- struct{}{}
		w.settle()
		w.backend.ExpireTokens()
		go func() { w.tabs[0].do(t) }()
		synctest.Wait()
		w.tabs[1].login(t, "eve") // without the lock, after 5 s
		w.tabs[0].wantEvents(t)
		l.answer <- struct{}{}
		w.tabs[0].wantEvents(t)
		l.answer <- struct{}{}
		w.tabs[0].wantEvents(t, session.ByAccountSwitched)
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

func TestNewsThatTheSessionIsOverEndsTheWaitForTheRestore(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		release := w.tabs[0].hold()
		defer release()
		w.tabs[0].Close()
		w.open(0, memory)
		ready := make(chan *session.Session, 1)
		go func() { ready <- w.tabs[0].Ready() }()
		if _, err := w.tabs[1].Logout(session.ThisSession); err != nil { // without the lock, after 5 s
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case s := <-ready:
			if s != nil {
				t.Error("a session was restored")
			}
		default:
			t.Error("still waiting")
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
