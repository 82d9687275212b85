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

// inWindow runs f with n tabs. shared: they keep the token in localStorage, and else
// each in its own memory.
func inWindow(t *testing.T, n int, shared bool, f func(t *testing.T, w *window)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &window{Browser: &sessiontest.Browser{}, backend: &sessiontest.Backend{Life: life}, storage: &sessiontest.Storage{}}
		hint := &sessiontest.Hint{}
		for range n {
			p := &tab{backend: w.backend, clock: sessiontest.NewClock(), storage: &sessiontest.Storage{}, hint: hint}
			if shared {
				p.storage = w.storage
			}
			w.tabs = append(w.tabs, p)
			w.ends = append(w.ends, w.Open())
			w.open(len(w.tabs)-1, shared)
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
func (w *window) open(i int, shared bool) {
	p := w.tabs[i]
	p.open(func(p *tab, c *session.Config) {
		c.Tabs, c.Shared = w.ends[i], shared
		if !shared {
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

// do makes a call in every tab at once, and wants the status of each to be as given.
func (w *window) do(t *testing.T, want int) {
	t.Helper()
	statuses := make(chan int)
	for _, p := range w.tabs {
		go func() { statuses <- p.do(t) }()
	}
	for range w.tabs {
		wantStatus(t, <-statuses, want)
	}
}

func bothStorages(t *testing.T, f func(t *testing.T, shared bool)) {
	t.Run("memory", func(t *testing.T) { f(t, false) })
	t.Run("localStorage", func(t *testing.T) { f(t, true) })
}

func TestLoginIsEveryTabs(t *testing.T) {
	bothStorages(t, func(t *testing.T, shared bool) {
		inWindow(t, 3, shared, func(t *testing.T, w *window) {
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
	for shared, want := range map[bool]int{true: 1, false: 5} {
		inWindow(t, 5, shared, func(t *testing.T, w *window) {
			before := w.backend.Refreshes()
			w.backend.ExpireTokens()
			w.do(t, 200)
			if got := w.backend.Refreshes() - before; got != want {
				t.Errorf("shared %t: %d refreshes, want %d", shared, got, want)
			}
			if w.backend.MostInAir() != 1 {
				t.Errorf("shared %t: %d refreshes at once", shared, w.backend.MostInAir())
			}
		})
	}
}

func TestLogoutIsEveryTabs(t *testing.T) {
	bothStorages(t, func(t *testing.T, shared bool) {
		inWindow(t, 3, shared, func(t *testing.T, w *window) {
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
	inWindow(t, 3, false, func(t *testing.T, w *window) {
		w.tabs[0].answers(&session.Error{Code: wire.SessionExpired, Status: 401})
		w.backend.ExpireTokens()
		wantStatus(t, w.tabs[0].do(t), 401)
		for _, p := range w.tabs {
			p.wantEvents(t, session.ByExpiry)
		}
	})
}

func TestTabThatHangsHoldsNobodyUpForLong(t *testing.T) {
	inWindow(t, 2, false, func(t *testing.T, w *window) {
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
	inWindow(t, 2, false, func(t *testing.T, w *window) {
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
	bothStorages(t, func(t *testing.T, shared bool) {
		inWindow(t, 2, shared, func(t *testing.T, w *window) {
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
	inWindow(t, 2, false, func(t *testing.T, w *window) {
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
			inWindow(t, 2, false, func(t *testing.T, w *window) {
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
	inWindow(t, 2, false, func(t *testing.T, w *window) {
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
			inWindow(t, 2, false, func(t *testing.T, w *window) {
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
