package session

// Mark is what the tabs of a browser agree on: whether there may be a session, and
// since which change of that. There is nothing secret in it.
type Mark struct {
	State State
	// ID orders the marks: the greater is the newer. Zero: nothing was ever marked.
	ID int64
}

// State is the session as the browser has it, whichever tab has seen to that.
type State string

// The states. A browser that has none of them, or has forgotten, has the empty one.
const (
	// MayLive: somebody has signed in or restored a session here.
	MayLive State = "maybe"
	// Gone: there is none, so that a visitor who never signs in costs one refresh.
	Gone State = "none"
	// Leaving: the user has signed out, and the server has not been told yet.
	Leaving State = "leaving"
)

func (s State) over() bool { return s == Gone || s == Leaving }

// Hint keeps the mark where other tabs and a reload find it. It may forget.
type Hint interface {
	Load() Mark
	Save(Mark)
}

// remark gives the browser, with the lock held, a state that it had not.
func (m *Manager) remark(s State) {
	// Later than what anybody else has marked, also where the clock was set back.
	// Two tabs at once differ by chance.
	latest := max(m.mark.ID, m.hint.Load().ID, int64(m.clock.Now().Wall)/1e6)
	m.mark = Mark{State: s, ID: latest + 1 + int64(m.jitter()*1000)}
	m.made = m.mark.ID
	m.hint.Save(m.mark)
}

// elsewhere reports, with the lock held, whether the last login was another tab's.
func (m *Manager) elsewhere() bool { return m.mark.State == MayLive && m.mark.ID != m.made }

type noHint struct{}

func (noHint) Load() Mark { return Mark{} }
func (noHint) Save(Mark)  {}
