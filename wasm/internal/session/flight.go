package session

import (
	"github.com/authfetch/authfetch/server/wire"
)

// flight is one refresh and everybody who waits for it.
type flight struct {
	// waiting is released when the outcome is known, or does not matter any
	// more, or is overdue.
	waiting queue
	settled bool
	err     error  // why there is no new token, once it is settled
	reason  Reason // of the change that the refresh brings
}

// settle lets the waiters go. With the manager's lock held.
func (f *flight) settle(err error) {
	if !f.settled {
		f.err, f.settled = err, true
	}
	f.waiting.release()
}

// join returns, with the lock held, the refresh that is under way, or starts
// one. Single flight: however many calls join, there is one request.
func (m *Manager) join() *flight {
	if m.flight != nil {
		return m.flight
	}
	f := &flight{reason: ByRefresh}
	if m.phase != signedIn {
		f.reason = ByRestore
	}
	m.flight = f
	go m.fly(f, m.epoch, m.sequence)
	return f
}

// wait waits until the flight has settled or is overdue; the caller then looks
// at the state itself. Errors are ctx's and [ErrDestroyed].
func (m *Manager) wait(ctx Context, f *flight) error {
	m.mu.Lock()
	t := f.waiting.enter()
	m.mu.Unlock()
	stop := ctx.AfterFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		f.waiting.abandon(t)
	})
	<-t.come
	stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	f.waiting.leave(t)
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.over {
		return ErrDestroyed
	}
	return nil
}

// fly makes the refresh for the token with the given sequence number.
func (m *Manager) fly(f *flight, epoch, sequence uint64) {
	stop := m.clock.AfterFunc(Span(m.policy.Timeout), func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		f.waiting.release()
	})
	defer stop()
	m.say(nil, 0, refreshStarts)
	leave := m.enter()
	defer leave()

	m.mu.Lock()
	event := m.catchUp()
	// Whoever held the exchange may have brought a newer token, or ended it all.
	needless := m.epoch != epoch || m.sequence != sequence
	before := m.token
	m.mu.Unlock()

	var err error
	if needless {
		m.say(nil, 0, refreshNeedless)
	} else {
		var grant Grant
		var switched bool
		grant, switched, err = m.refresh(before.value)
		m.mu.Lock()
		switch {
		case m.epoch != epoch: // a login or logout has overtaken the answer
			m.say(nil, 0, refreshVoid)
		case err != nil:
			event = m.refused(err)
		case switched || !sameUser(before.user, m.number(grant.Claims.Subject)):
			event = m.adopt(grant, ByAccountSwitched)
		default:
			event = m.adopt(grant, f.reason)
		}
		m.mu.Unlock()
	}
	m.mu.Lock()
	if m.flight == f {
		m.flight = nil
	}
	m.mu.Unlock()
	// Listeners first: whoever waits for the flight finds them informed.
	m.tell(event)
	m.mu.Lock()
	m.land(f, err)
	m.mu.Unlock()
}

// refresh asks the server until its answer leaves nothing to be tried at once.
// switched reports that the browser's session turned out to be another user's.
func (m *Manager) refresh(old AccessToken) (g Grant, switched bool, err error) {
	const attempts = 3 // enough for one of each case below, never a loop
	for range attempts {
		m.say(nil, 0, refreshSends)
		if g, err = m.proven(func() (Grant, error) { return m.server.Refresh(old) }); err == nil {
			return g, switched, nil
		}
		switch refusal := asError(err); {
		case refusal.Code == wire.RefreshSuperseded:
			m.say(nil, 0, refreshSuperseded)
		case refusal.Code == wire.AccountSwitched:
			m.say(nil, 0, refreshSwitched)
			old, switched = "", true
		case old != "" && refusal.mayMeanToken():
			m.say(nil, 0, refreshBare)
			old = "" // the cookie may be good
		default:
			return Grant{}, switched, err
		}
	}
	return Grant{}, switched, err
}

// land ends the flight, with the lock held.
func (m *Manager) land(f *flight, err error) {
	if m.flight == f {
		m.flight = nil
	}
	f.settle(err)
	m.restoreTried()
}

// adopt makes the grant the session, with the lock held.
func (m *Manager) adopt(g Grant, reason Reason) Event {
	m.sequence++
	m.token = newToken(g, m.clock.Now(), m.sequence, m.number(g.Claims.Subject))
	m.signIn()
	m.backoff.clear()
	news := m.shared
	if reason == ByLogin || m.mark.State != MayLive {
		m.remark(MayLive)
		news = true
	}
	m.storage.save(Stored{
		AccessToken: m.token.value,
		ExpiresAt:   m.token.expiresAt(),
		Login:       m.mark.ID,
		Claims:      m.token.claims,
	})
	if news {
		m.tabs.Tell(News{Mark: m.mark, Reason: reason})
	}
	m.restoreTried()
	m.say(nil, 0, refreshed)
	return Changed{Session: m.current.Load(), Reason: reason}
}

// drop ends the session of the browser, with the lock held: in this page at once,
// and in the others as soon as they hear of it. It returns nil where there was none.
func (m *Manager) drop(s State, reason Reason, code wire.Code) Event {
	m.storage.clear()
	m.remark(s)
	m.tabs.Tell(News{Mark: m.mark, Reason: reason, Code: code})
	return m.end(reason, code)
}

// end ends the session in this page, with the lock held.
func (m *Manager) end(reason Reason, code wire.Code) Event {
	had := m.current.Load() != nil
	m.forget()
	m.backoff.clear()
	if !had {
		return nil
	}
	return Changed{Reason: reason, Code: code}
}

// refused takes note of a failed refresh, with the lock held.
func (m *Manager) refused(err error) Event {
	refusal := asError(err)
	if refusal.Code == wire.DPoPKeyMismatch {
		// Another tab may have the key still, and the session with it.
		m.say(nil, 0, refreshKey)
		m.storage.clear()
		return m.end(endReason(refusal.Code), refusal.Code)
	}
	if refusal.over() {
		m.Say(nil, 0, refreshOver, string(refusal.Code))
		return m.drop(Gone, endReason(refusal.Code), refusal.Code)
	}
	m.Say(nil, 0, refreshFailed, string(refusal.Code))
	return Troubled{Err: refusal, RetryAt: m.retryLater(refusal)}
}

// retryLater has, with the lock held, what has failed tried again after a pause, and
// returns when.
func (m *Manager) retryLater(refusal *Error) Wall {
	now := m.clock.Now()
	m.backoff.failed(now, seconds(refusal.RetryAfter), m.jitter())
	failures := m.backoff.failures
	m.backoff.stop = m.clock.AfterFunc(Span(m.backoff.delay), func() { m.retry(failures) })
	return now.Wall.add(m.backoff.delay)
}

// retry does once more what has failed so many times in a row, a refresh or the
// farewell of a logout, unless it has become needless.
func (m *Manager) retry(failures int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if failures == 0 || failures != m.backoff.failures {
		return
	}
	m.backoff.delay = 0
	if m.mark.State == Leaving {
		go m.farewell()
	} else {
		m.join()
	}
}

// restoreTried lets Ready return, with the lock held.
func (m *Manager) restoreTried() {
	if !m.tried {
		m.tried = true
		close(m.restored)
	}
}
