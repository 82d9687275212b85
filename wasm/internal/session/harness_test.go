package session_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

const life = 5 * time.Minute

// tab is one page with its session, and the world around it.
type tab struct {
	*session.Manager
	backend *sessiontest.Backend
	clock   *sessiontest.Clock
	storage *sessiontest.Storage
	hint    *sessiontest.Hint

	mu     sync.Mutex
	events []session.Event
	warned []string
}

// inTab runs f with a tab inside a bubble of virtual time. adjust may change the
// tab before its manager is made.
func inTab(t *testing.T, adjust func(*tab, *session.Config), f func(t *testing.T, p *tab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &tab{
			backend: &sessiontest.Backend{Life: life},
			clock:   sessiontest.NewClock(),
			storage: &sessiontest.Storage{},
			hint:    &sessiontest.Hint{},
		}
		p.open(adjust)
		defer func() { p.Close() }()
		f(t, p)
	})
}

// signedIn is inTab with a session.
func signedIn(t *testing.T, f func(t *testing.T, p *tab)) {
	t.Helper()
	inTab(t, nil, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		f(t, p)
	})
}

// open makes the manager, as a page load does.
func (p *tab) open(adjust func(*tab, *session.Config)) {
	config := session.Config{
		Server:  p.backend,
		Clock:   p.clock,
		Storage: p.storage,
		Hint:    p.hint,
		Notify: func(e session.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.events = append(p.events, e)
		},
		Warn: func(text string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.warned = append(p.warned, text)
		},
	}
	if adjust != nil {
		adjust(p, &config)
	}
	p.Manager = session.New(config)
	p.Start()
	synctest.Wait()
}

// reload closes the page and opens it again: what was in memory is gone.
func (p *tab) reload(adjust func(*tab, *session.Config)) {
	p.Close()
	p.said()
	p.open(adjust)
}

func (p *tab) login(t *testing.T, user string) {
	t.Helper()
	if _, err := p.Login(user); err != nil {
		t.Fatalf("login of %s: %v", user, err)
	}
	p.said()
}

// call returns a call to the API that has not been made.
func (p *tab) call() *sessiontest.Call { return &sessiontest.Call{Backend: p.backend} }

// alwaysRefused is a call that the API refuses whatever its token is.
func (p *tab) alwaysRefused() *sessiontest.Call {
	c := p.call()
	c.Answer = func(int, session.AccessToken) (session.Answer, error) { return sessiontest.Refusal, nil }
	return c
}

// do makes a call and returns its status.
func (p *tab) do(t *testing.T) int {
	t.Helper()
	c := p.call()
	if err := p.Do(session.Forever, c); err != nil {
		t.Errorf("call: %v", err)
	}
	return c.Status()
}

// said returns the events since it was last asked.
func (p *tab) said() []session.Event {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	events := p.events
	p.events = nil
	return events
}

// wantEvents checks the changes since the last check, by their reasons.
func (p *tab) wantEvents(t *testing.T, want ...session.Reason) {
	t.Helper()
	var got []session.Reason
	for _, e := range p.said() {
		switch e := e.(type) {
		case session.Changed:
			got = append(got, e.Reason)
		case session.Troubled:
			got = append(got, "trouble")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("events: got %q, want %q", got, want)
	}
}

func (p *tab) wantRefreshes(t *testing.T, want int) {
	t.Helper()
	if got := p.backend.Refreshes(); got != want {
		t.Errorf("refreshes: got %d, want %d", got, want)
	}
}

func wantStatus(t *testing.T, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("status: got %d, want %d", got, want)
	}
}

// answers makes the backend answer refreshes with the given errors, one after
// the other; nil is its own answer, as is every one after the last.
func (p *tab) answers(errs ...error) {
	var mu sync.Mutex
	p.backend.OnRefresh = func(session.AccessToken) error {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return nil
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

// hold makes the backend keep every refresh until release is called.
func (p *tab) hold() (release func()) {
	gate := make(chan struct{})
	p.backend.OnRefresh = func(session.AccessToken) error {
		<-gate
		return nil
	}
	return sync.OnceFunc(func() { close(gate) })
}
