package session

// exchange is held while an auth endpoint is at work: the answers of two at once
// would fight over the cookie. It is this page's part of what the lock of [Tabs] is
// between pages. The manager's lock guards it.
type exchange struct {
	busy    bool
	waiting queue // never open: each leave lets one go
}

// enter waits for the auth endpoints to be free, in this page and then in the other
// tabs. It gives up after the policy's timeout, because the answer that it waits for
// is overdue. leave must be called in any case.
func (m *Manager) enter() (leave func()) {
	leaveHere, ok := m.enterHere()
	if !ok {
		return leaveHere
	}
	held, unlock := m.tabs.Lock(Span(patience))
	if !held {
		m.say(nil, 0, refreshUnlocked)
	}
	return func() {
		unlock()
		leaveHere()
	}
}

// enterHere waits for this page's own exchanges; ok is false where it gave up.
func (m *Manager) enterHere() (leave func(), ok bool) {
	m.mu.Lock()
	if !m.exchange.busy {
		m.exchange.busy = true
		m.mu.Unlock()
		return m.leave, true
	}
	t := m.exchange.waiting.enter()
	m.mu.Unlock()
	stop := m.clock.AfterFunc(Span(m.policy.Timeout), func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.exchange.waiting.abandon(t)
	})
	<-t.come
	stop()
	if t.abandoned {
		return func() {}, false
	}
	return m.leave, true
}

// leave hands the exchange to who waits longest.
func (m *Manager) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.exchange.waiting.turns) > 0 {
		m.exchange.waiting.next()
	} else {
		m.exchange.busy = false
	}
}
