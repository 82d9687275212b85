package session

import (
	"github.com/authfetch/authfetch/server/wire"
)

// Login signs in. A failed login leaves the session that there was untouched;
// its error is an *[Error] with the server's code.
func (m *Manager) Login(credentials any) (*Session, error) {
	// After the refresh in flight, whose cookie would otherwise replace ours.
	leave := m.enter()
	defer leave()
	m.mu.Lock()
	over := m.over
	m.mu.Unlock()
	if over {
		return nil, ErrDestroyed
	}
	grant, err := m.proven(func() (Grant, error) { return m.server.Login(credentials) })
	if err != nil {
		return nil, asError(err)
	}
	m.mu.Lock()
	if m.over {
		m.remark(MayLive) // the browser has a session, if nobody here wants it any more
		m.mu.Unlock()
		return nil, ErrDestroyed
	}
	m.say(nil, 0, signedInNow)
	m.overtake()
	event := m.adopt(grant, ByLogin)
	session := m.current.Load()
	m.mu.Unlock()
	m.tell(event)
	return session, nil
}

// Refresh renews the access token now, whatever its age, and shares a refresh
// that is under way. It ends the back-off after a failure, unless the server
// has asked for it.
func (m *Manager) Refresh(ctx Context) (*Session, error) {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return nil, ErrDestroyed
	}
	if m.mark.State == Leaving { // or the cookie would bring back what was signed out of
		m.mu.Unlock()
		return nil, &Error{Code: CodeSessionOver}
	}
	now := m.clock.Now()
	m.backoff.expire()
	if m.backoff.active(now) {
		left := m.backoff.delay - now.since(m.backoff.start)
		m.mu.Unlock()
		return nil, &Error{Code: wire.Throttled, RetryAfter: left.Seconds()}
	}
	f := m.join()
	m.mu.Unlock()

	if err := m.wait(ctx, f); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !f.settled:
		return nil, &Error{Code: CodeRefreshFailed, Cause: errOverdue}
	case f.err != nil:
		return nil, asError(f.err)
	case m.current.Load() == nil: // signed out meanwhile
		return nil, &Error{Code: CodeSessionOver}
	default:
		return m.current.Load(), nil
	}
}

// overtake voids, with the lock held, the refresh in flight: its waiters go on
// without it, and its answer changes nothing any more.
func (m *Manager) overtake() {
	m.epoch++
	if m.flight != nil {
		m.flight.settle(nil)
		m.flight = nil
	}
}

// Fresh returns a token to be used by other means than a [Call], after a refresh
// where that is due; empty where there is no session. Whoever gets it can use it
// from anywhere: hand it out only where it was asked for.
func (m *Manager) Fresh(ctx Context) (AccessToken, error) {
	p, _, err := m.attach(ctx, nil, 0)
	return p.Token, err
}
