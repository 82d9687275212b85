package session

import (
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// patience is how long a tab waits for another one that is at the auth endpoints.
// Then it goes without the lock: the server tolerates that, and a tab that hangs or
// is frozen must not keep the others from working.
const patience = 5 * time.Second

// Tabs are the other tabs of the browser, which share the refresh cookie.
type Tabs interface {
	// Lock waits until no other tab has the lock, for patience at the longest, and
	// returns how to let go of it. It fails open: held only says whether it is held.
	Lock(patience Span) (held bool, unlock func())
	// Tell sends news to the others. It neither waits nor calls back.
	Tell(News)
}

// News is what a tab tells the others: that the browser's session is another one now,
// or has another access token. The token itself is never among it.
type News struct {
	Mark   Mark
	Reason Reason
	Code   wire.Code
}

// Hear takes note of another tab's news.
func (m *Manager) Hear(n News) {
	m.mu.Lock()
	event := m.learn(n)
	m.mu.Unlock()
	m.tell(event)
}

// Wake is to be called when the page comes to life again: shown, restored from the
// back/forward cache, or with a network. What happened meanwhile is looked up before
// anything else; what has failed is tried again, unless the server asked for patience.
func (m *Manager) Wake() {
	m.mu.Lock()
	event := m.catchUp()
	m.backoff.expire()
	failures := m.backoff.failures
	if m.backoff.active(m.clock.Now()) {
		failures = 0
	}
	leaving := m.mark.State == Leaving
	m.mu.Unlock()
	m.tell(event)
	if leaving {
		m.farewell()
	} else {
		m.retry(failures)
	}
}

// catchUp learns, with the lock held, what other tabs have done, where no news of it
// has come yet.
func (m *Manager) catchUp() Event {
	if m.over {
		return nil
	}
	if mark := m.hint.Load(); mark.ID > m.mark.ID {
		return m.learn(News{Mark: mark, Reason: ByLogout})
	}
	return m.adoptStored()
}

// learn brings this tab, with the lock held, to where the browser is.
func (m *Manager) learn(n News) Event {
	switch before := m.mark.ID; {
	case m.over || n.Mark.ID < before:
		return nil // it was on its way while something newer happened
	case n.Mark.ID == before:
		return m.adoptStored()
	case n.Mark.State.over():
		m.say(nil, 0, heardOver)
		m.mark = n.Mark
		m.overtake()
		m.storage.discard(before)
		m.restoreTried()
		return m.end(n.Reason, n.Code)
	default:
		m.mark = n.Mark
		if event := m.adoptStored(); event != nil {
			return event
		}
		m.say(nil, 0, heardLogin)
		if m.phase != unknown {
			// Whoever that is: this tab acts as nobody until it knows.
			m.overtake()
			m.storage.discard(before)
			m.phase, m.token = unknown, token{user: m.token.user}
			m.backoff.clear()
		}
		m.join()
		return nil
	}
}

// adoptStored takes over, with the lock held, the access token that another tab has
// left in the storage. Nil: there is none, or none that is better.
func (m *Manager) adoptStored() Event {
	if !m.shared {
		return nil
	}
	now := m.clock.Now()
	stored := m.storage.load()
	if stored.AccessToken == "" || stored.AccessToken == m.token.value || !stored.of(m.mark) {
		return nil
	}
	m.number(stored.Claims.Subject)
	t := newToken(stored.grant(now), now, m.sequence+1, m.users)
	if t.expired(now, t.margin(m.policy)) {
		return nil
	}
	reason := ByRefresh
	if m.phase != signedIn {
		reason = ByRestore
	}
	if !sameUser(m.token.user, t.user) {
		reason = ByAccountSwitched
	}
	m.say(nil, 0, adopted)
	m.overtake()
	m.sequence++
	m.token = t
	m.signIn()
	m.restoreTried()
	return Changed{Session: m.current.Load(), Reason: reason}
}

type noTabs struct{}

func (noTabs) Lock(Span) (held bool, unlock func()) { return true, func() {} }
func (noTabs) Tell(News)                            {}
