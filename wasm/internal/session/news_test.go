package session_test

import (
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

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

func TestNewsThatIsLateLeavesTheTokenOfTheNextLogin(t *testing.T) {
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		w.ends[0].Sleep()
		if _, err := w.tabs[1].Logout(session.ThisSession); err != nil {
			t.Fatal(err)
		}
		gone := w.tabs[0].hint.Load()
		w.tabs[1].login(t, "eve")
		stored := w.storage.Token()
		w.tabs[0].Hear(session.News{Mark: gone, Reason: session.ByLogout})
		w.settle()
		if got := w.storage.Token(); got != stored || stored == "" {
			t.Errorf("stored is %q, want that of the new login, %q", string(got), string(stored))
		}
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
