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
// Further sessions end first, by a call like any other, which is refreshed and
// sent again where that is due: the access token alone says whose they are.
func (m *Manager) Logout(scope Scope) (revoked bool, err error) {
	further := ending{server: m.server, scope: scope}
	if scope != ThisSession {
		if err := m.Do(Forever, &further); err == ErrDestroyed {
			return false, err
		}
	}
	if scope == OtherSessions {
		return further.done, nil
	}
	m.mu.Lock()
	over, old := m.over, m.token.value
	m.mu.Unlock()
	if over {
		return false, ErrDestroyed
	}
	m.signOut()
	leave := m.enter()
	defer leave()
	m.signOut() // a login may have had its turn before us
	err = m.server.Logout(old)
	return further.done || scope == ThisSession && err == nil, nil
}

func (m *Manager) signOut() {
	m.mu.Lock()
	m.overtake()
	event := m.drop(ByLogout, "")
	m.restoreTried()
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
	answer, err := e.server.End(t, e.scope)
	e.done = err == nil && answer.Status/100 == 2
	return answer, err
}

func (e *ending) Replayable() bool { return true }
