package sessiontest

import (
	"slices"
	"sync"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Browser is what the tabs of one browser share beside its storage: a lock, and a
// channel that carries news.
type Browser struct {
	mu      sync.Mutex
	holder  *Tab
	waiting []*waiter
	tabs    []*Tab
}

type waiter struct {
	tab     *Tab
	granted chan struct{} // closed when the lock is this tab's
}

// Tab is one tab of a browser. It implements [session.Tabs].
type Tab struct {
	// Hear is told what the other tabs tell.
	Hear func(session.News)

	browser *Browser
	asleep  bool
}

var _ session.Tabs = (*Tab)(nil)

// Open opens a tab.
func (b *Browser) Open() *Tab {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &Tab{browser: b}
	b.tabs = append(b.tabs, t)
	return t
}

// Lock waits for the lock.
func (t *Tab) Lock(patience session.Span) (held bool, unlock func()) {
	b := t.browser
	b.mu.Lock()
	w := &waiter{tab: t, granted: make(chan struct{})}
	b.waiting = append(b.waiting, w)
	b.grant()
	b.mu.Unlock()
	select {
	case <-w.granted:
		return true, func() { b.release(t) }
	case <-time.After(time.Duration(patience)):
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waiting = slices.DeleteFunc(b.waiting, func(other *waiter) bool { return other == w })
		return false, func() {}
	}
}

// Tell delivers news to the other tabs that are awake.
func (t *Tab) Tell(n session.News) {
	b := t.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, other := range b.tabs {
		if other != t && !other.asleep && other.Hear != nil {
			go other.Hear(n)
		}
	}
}

// Sleep has the tab hear nothing, as in the back/forward cache, until it is woken.
func (t *Tab) Sleep() {
	t.browser.mu.Lock()
	defer t.browser.mu.Unlock()
	t.asleep = true
}

// Wake ends that.
func (t *Tab) Wake() {
	t.browser.mu.Lock()
	defer t.browser.mu.Unlock()
	t.asleep = false
}

// Die closes the tab: what it held is given to others.
func (t *Tab) Die() {
	t.Sleep()
	t.browser.release(t)
}

// Hang takes the lock and keeps it.
func (b *Browser) Hang() *Tab {
	t := b.Open()
	t.Lock(session.Span(time.Hour))
	return t
}

func (b *Browser) release(t *Tab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holder == t {
		b.holder = nil
		b.grant()
	}
}

// grant gives the lock to who waits longest, with the browser's own lock held.
func (b *Browser) grant() {
	if b.holder == nil && len(b.waiting) > 0 {
		b.holder = b.waiting[0].tab
		close(b.waiting[0].granted)
		b.waiting = b.waiting[1:]
	}
}
