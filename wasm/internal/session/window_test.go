package session_test

import (
	"testing"
	"testing/synctest"

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
