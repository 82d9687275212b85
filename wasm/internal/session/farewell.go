package session

// farewell tells the server of a logout that it has not heard of: the page was offline
// when the user signed out, in this tab or another, or before a reload.
func (m *Manager) farewell() {
	leave := m.enter()
	defer leave()
	m.mu.Lock()
	event := m.catchUp()
	if mark := m.hint.Load(); mark.ID == m.mark.ID {
		m.mark = mark // another tab may have told it
	}
	pending := m.mark.State == Leaving
	m.mu.Unlock()
	m.tell(event)
	if pending {
		m.part("")
	}
}

// part revokes the session on the server, and remembers where that has to be tried
// again. It reports whether the server has done it. The caller holds the exchange.
func (m *Manager) part(old AccessToken) (told bool) {
	err := m.server.Logout(old)
	m.mu.Lock()
	event := m.catchUp()
	switch refusal := asError(err); {
	case m.mark.State != Leaving: // somebody has signed in again
	case err != nil && refusal.passing():
		m.say(nil, 0, farewellFailed)
		if !m.over {
			m.retryLater(refusal)
		}
	default:
		m.say(nil, 0, farewellTold)
		m.backoff.clear()
		m.mark.State = Gone
		m.hint.Save(m.mark)
	}
	m.mu.Unlock()
	m.tell(event)
	return err == nil
}
