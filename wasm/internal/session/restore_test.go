package session_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func memoryOnly(_ *tab, c *session.Config) { c.Storage = nil }

func TestReloadRestoresThroughTheCookie(t *testing.T) {
	inTab(t, memoryOnly, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		before := p.backend.Refreshes()
		p.reload(memoryOnly)
		s := p.Ready()
		if s == nil {
			t.Fatal("ready: got no session")
		}
		p.wantEvents(t, session.ByRestore)
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+1)
	})
}

func TestReloadRestoresFromTheStorage(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		token := p.storage.Token()
		p.reload(nil)
		p.wantEvents(t, session.ByRestore)
		if !p.Owns(token) {
			t.Error("the token is another one")
		}
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before)
	})
}

func TestReloadWithAnExpiredStoredToken(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		before := p.backend.Refreshes()
		sessiontest.Elapse(time.Hour)
		p.reload(nil)
		p.wantRefreshes(t, before+1)
		p.wantEvents(t, session.ByRestore)
		wantStatus(t, p.do(t), 200)
	})
}

func TestAnonymousVisitorCostsOneRefreshEver(t *testing.T) {
	inTab(t, nil, func(t *testing.T, p *tab) {
		if s := p.Ready(); s != nil {
			t.Fatalf("ready: got %v, want no session", s)
		}
		for range 3 {
			p.reload(nil)
			wantStatus(t, p.do(t), 401)
		}
		p.wantRefreshes(t, 1)
	})
}

func TestLazyRestoreWaitsForTheFirstCall(t *testing.T) {
	lazy := func(_ *tab, c *session.Config) { c.Storage, c.Policy.Lazy = nil, true }
	inTab(t, lazy, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		before := p.backend.Refreshes()
		p.reload(lazy)
		p.Ready()
		p.wantRefreshes(t, before)
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before+1)
	})
}

func TestCallsWaitForTheRestore(t *testing.T) {
	inTab(t, memoryOnly, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		release := p.hold()
		p.reload(memoryOnly)
		c := p.call()
		done := make(chan error)
		go func() { done <- p.Do(session.Forever, c) }()
		synctest.Wait()
		if len(c.Sent()) != 0 {
			t.Error("the call did not wait")
		}
		release()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 200)
		if n := len(c.Sent()); n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
	})
}

func TestRestoreThatFailsIsTriedAgain(t *testing.T) {
	inTab(t, memoryOnly, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		p.answers(errDown)
		p.reload(memoryOnly)
		s := p.Ready()
		if s != nil {
			t.Fatalf("ready: got %v, want no session yet", s)
		}
		wantStatus(t, p.do(t), 401)
		p.wantEvents(t, "trouble")
		sessiontest.Elapse(time.Second)
		p.wantEvents(t, session.ByRestore)
		wantStatus(t, p.do(t), 200)
	})
}

func TestStorageThatFails(t *testing.T) {
	blocked := errors.New("access is denied")
	t.Run("from the start", func(t *testing.T) {
		inTab(t, func(p *tab, _ *session.Config) { p.storage.Fail(blocked) }, func(t *testing.T, p *tab) {
			p.login(t, "ada")
			wantStatus(t, p.do(t), 200)
			p.backend.ExpireTokens()
			wantStatus(t, p.do(t), 200)
			wantWarning(t, p)
		})
	})
	t.Run("later, as a full one", func(t *testing.T) {
		signedIn(t, func(t *testing.T, p *tab) {
			p.storage.Fail(blocked)
			p.backend.ExpireTokens()
			wantStatus(t, p.do(t), 200)
			p.backend.ExpireTokens()
			wantStatus(t, p.do(t), 200)
			wantWarning(t, p)
			if p.storage.Token() != "" {
				t.Error("an old token is left in the storage")
			}
		})
	})
}

// wantWarning checks that the trouble was told once, and with its cause.
func wantWarning(t *testing.T, p *tab) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.warned) != 1 || !strings.Contains(p.warned[0], "access is denied") {
		t.Errorf("warnings: got %q, want one that names the cause", p.warned)
	}
}

func TestTokenThatIsNotOursIsLeftAlone(t *testing.T) {
	inTab(t, func(p *tab, c *session.Config) {
		p.hint.Save(session.Mark{State: session.Gone, ID: 1})
		if err := p.storage.Save(session.Stored{AccessToken: "of-another-program"}); err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, p *tab) {
		if p.Ready() != nil || p.storage.Token() == "" {
			t.Error("it was used, or taken away")
		}
	})
}

func TestSessionThatIsFoundIsMarked(t *testing.T) {
	for name, before := range map[string]session.Mark{
		"nobody knew":                  {},
		"none was there the last time": {State: session.Gone, ID: 1}, // a sign-in by a redirect, since
	} {
		t.Run(name, func(t *testing.T) {
			inTab(t, func(p *tab, c *session.Config) {
				p.hint.Save(before)
				p.backend.SignIn("ada")
			}, func(t *testing.T, p *tab) {
				if _, err := p.Refresh(session.Forever); err != nil {
					t.Fatal(err)
				}
				if got := p.hint.Load(); got.State != session.MayLive || got.ID <= before.ID {
					t.Errorf("the mark is %+v", got)
				}
			})
		})
	}
}

func TestStoredTokenOfAnUnknownLoginIsUsed(t *testing.T) {
	for name, test := range map[string]struct {
		login int64
		mark  session.Mark
	}{
		"the page has stored it itself":  {0, session.Mark{State: session.MayLive, ID: 7}},
		"the browser has lost its mark":  {7, session.Mark{}},
		"both are of one and same login": {7, session.Mark{State: session.MayLive, ID: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			inTab(t, func(p *tab, c *session.Config) {
				p.hint.Save(test.mark)
				token := p.backend.SignIn("ada").AccessToken
				if err := p.storage.Save(session.Stored{AccessToken: token, Login: test.login}); err != nil {
					t.Fatal(err)
				}
			}, func(t *testing.T, p *tab) {
				wantStatus(t, p.do(t), 200)
				p.wantRefreshes(t, 0)
			})
		})
	}
}
