package session

// Scope says which of the user's sessions a logout ends.
type Scope string

// The scopes.
const (
	ThisSession   Scope = ""
	OtherSessions Scope = "others" // all but this one, which goes on
	AllSessions   Scope = "all"
)

// Logout signs out: in this page at once, and on the server after a refresh
// that is in flight. It reports whether the server has revoked what scope names.
//
// The end of the other sessions alone is a call like any other, which is refreshed
// and sent again where that is due.
func (m *Manager) Logout(scope Scope) (revoked bool, err error) {
	further := ending{server: m.server, scope: scope}
	if scope == OtherSessions {
		if err := m.Do(Forever, &further); err == ErrDestroyed {
			return false, err
		}
		return further.done, nil
	}
	m.mu.Lock()
	over, old := m.over, m.token
	mayRefresh := m.phase != signedOut && !m.backoff.active(m.clock.Now())
	m.mu.Unlock()
	if over {
		return false, ErrDestroyed
	}
	m.signOut()
	leave := m.enter()
	defer leave()
	if m.loggedInElsewhere() {
		return false, nil // by now it is another session, which nobody wants to end
	}
	m.signOut() // a login may have had its turn before us
	if scope == AllSessions {
		m.endAll(&further, old, mayRefresh)
	}
	told := m.part(old.value)
	return further.done || scope == ThisSession && told, nil
}

// endAll ends every session by the access token, which alone says whose they are;
// with another one where the server refuses it, since this page has none any more
// to be refreshed. The caller holds the exchange.
func (m *Manager) endAll(all *ending, old token, mayRefresh bool) {
	answer, _ := all.Send(old.value)
	if answer.wantsNonce() {
		answer, _ = all.Send(old.value)
	}
	if !answer.rejects() || !mayRefresh {
		return
	}
	grant, switched, err := m.refresh(old.value)
	if err != nil {
		return
	}
	m.mu.Lock()
	user := m.number(grant.Claims.Subject)
	m.mu.Unlock()
	if !switched && sameUser(old.user, user) { // or else the cookie is somebody else's by now
		_, _ = all.Send(grant.AccessToken)
	}
}

// loggedInElsewhere reports whether another tab has signed in since this one has
// signed out. The caller holds the exchange.
func (m *Manager) loggedInElsewhere() bool {
	m.mu.Lock()
	event := m.catchUp()
	elsewhere := m.elsewhere()
	m.mu.Unlock()
	m.tell(event)
	return elsewhere
}

// signOut leaves no session in this browser, whatever the server knows of that.
func (m *Manager) signOut() {
	m.mu.Lock()
	var event Event
	if m.mark.State != Leaving || m.phase != signedOut {
		m.say(nil, 0, signedOutNow)
		m.overtake()
		event = m.drop(Leaving, ByLogout, "")
		m.restoreTried()
	}
	m.mu.Unlock()
	m.tell(event)
}

// ending is the call that ends further sessions.
type ending struct {
	server Server
	scope  Scope
	done   bool // the server has said so
}

func (e *ending) Send(t AccessToken) (Answer, error) {
	if t == "" {
		return Answer{Status: 401}, nil // which would be nobody's
	}
	answer, err := e.server.End(t, e.scope)
	e.done = err == nil && answer.Status/100 == 2
	return answer, err
}

func (e *ending) Replayable() bool { return true }

func (e *ending) Label() string { return "DELETE the user's other sessions" }
