// Package session is the core of the module in the page: who holds the access
// token, when it is refreshed, and who waits for that.
//
// It is plain Go. Nothing in it knows of JavaScript, of HTTP libraries or of a
// browser: what it needs from there it asks for through the small interfaces
// of [Config], and package browser answers with the page's own fetch, storage
// and clocks. So every decision can be tested natively, with the race detector
// and with virtual time.
//
// A [Manager] carries calls through one session:
//
//	m := session.New(session.Config{Server: server, Clock: clock})
//	defer m.Close()
//	m.Start()                  // restore the session of an earlier page
//	err := m.Do(ctx, call)     // sends call, and again after a silent refresh
//
// It is not a general OAuth client: it knows one access token, and a refresh
// token that it never sees, because the browser keeps it in an HttpOnly cookie.
package session

import (
	"sync"
	"sync/atomic"
	"time"
)

// Config says what a Manager works with. Server and Clock are required.
type Config struct {
	// Server reaches the auth endpoints.
	Server Server
	// Clock tells the time and runs timers.
	Clock Clock
	// Storage keeps the access token over a reload. Nil: memory only.
	Storage Storage
	// Shared: the other tabs see the Storage. False: it is this tab's own.
	Shared bool
	// Hint keeps the mark of the browser over a reload. Nil: always try.
	Hint Hint
	// Tabs reaches the other tabs of the browser. Nil: there are none.
	Tabs Tabs
	// Notify is told of every change, after the fact and without a lock held.
	// It must not block. Nil: nobody is told.
	Notify func(Event)
	// Warn is told, once each, of trouble that the session survives and a
	// developer should know. Nil: nobody is told.
	Warn func(text string)
	// Jitter returns a number in [0, 1) that spreads retries. Nil: no spread.
	Jitter func() float64
	// Policy holds the times. The zero value is the default policy.
	Policy Policy
}

// Policy is what a page may choose about its session.
type Policy struct {
	// Margin is how long before its expiry a token is refreshed ahead of time,
	// honoured up to half of the token's life. Zero: 30 s or a tenth of the
	// life, whichever is less. Negative: never ahead of time.
	Margin time.Duration
	// Timeout is how long calls wait for a refresh before they get their own
	// 401. The refresh itself goes on. Zero: 15 s.
	Timeout time.Duration
	// Lazy leaves the restore to the first call. False: Start restores.
	Lazy bool
}

// Server is the auth server as the session sees it. The methods wait for the
// answer, and nothing aborts them: the server rotates before it answers, and a
// browser that missed the answer would be left with the old cookie.
//
// A refusal is an *[Error] with the status and code of the answer; any other
// error means that no readable answer came. Calls never overlap, except where an
// answer is overdue by more than the policy's timeout, and but for the End of the
// other sessions, which leaves the cookie alone.
type Server interface {
	// Login trades credentials, whose form only the server knows, for a grant.
	Login(credentials any) (Grant, error)
	// Refresh rotates the refresh cookie. The old access token, where there is
	// one, proves to the server which session asks.
	Refresh(old AccessToken) (Grant, error)
	// Logout revokes the session of the cookie or of the access token.
	Logout(old AccessToken) error
	// End revokes further sessions of the token's user: the others, or all of
	// them. A refusal is an Answer, as that to a [Call] is.
	End(token AccessToken, scope Scope) (Answer, error)
}

// Storage keeps the access token where a reload finds it. An error means that
// the storage is of no use: the session then stays in memory.
type Storage interface {
	Load() (Stored, error)
	Save(Stored) error
	Clear() error
}

// phase is what the manager knows of the session.
type phase int

const (
	unknown   phase = iota // nobody has asked the server yet, or it did not answer
	signedOut              // there is none
	signedIn               // there is one, and its token is in Manager.token
)

// Manager is one session and the calls that use it. Its methods may be called
// from any goroutine.
type Manager struct {
	server  Server
	clock   Clock
	storage keeper
	shared  bool
	hint    Hint
	tabs    Tabs
	notify  func(Event)
	jitter  func() float64
	policy  Policy

	// restored is closed when the first restore has been tried.
	restored chan struct{}
	observer atomic.Pointer[func(Decision)]
	calls    atomic.Uint64 // counts those that are observed

	mu       sync.Mutex
	over     bool // Close was called
	tried    bool // restored is closed
	exchange exchange
	mark     Mark  // what the browser had when this tab last looked
	made     int64 // the ID of the last mark that is of this tab's making
	phase    phase
	token    token
	current  atomic.Pointer[Session] // what the page may know of it; nil unless signedIn
	epoch    uint64                  // counts logins and logouts: what began before is void
	sequence uint64                  // counts tokens: the greater is the newer
	subject  string                  // the last user
	users    uint64                  // counts the users, one after the other
	flight   *flight
	backoff  backoff
}

// New returns a manager that has not touched the network yet; call Start.
func New(c Config) *Manager {
	m := &Manager{
		server:   c.Server,
		clock:    c.Clock,
		storage:  keeper{storage: c.Storage, warn: c.Warn},
		shared:   c.Shared,
		hint:     c.Hint,
		tabs:     c.Tabs,
		notify:   c.Notify,
		jitter:   c.Jitter,
		policy:   c.Policy.withDefaults(),
		restored: make(chan struct{}),
	}
	if m.hint == nil {
		m.hint = noHint{}
	}
	if m.tabs == nil {
		m.tabs = noTabs{}
	}
	if m.notify == nil {
		m.notify = func(Event) {}
	}
	if m.jitter == nil {
		m.jitter = func() float64 { return 0 }
	}
	return m
}

// Start restores the session of an earlier page: from the storage, or else from
// the refresh cookie, at once or, with a lazy policy, at the first call.
func (m *Manager) Start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	m.mark = m.hint.Load()
	stored := m.storage.load()
	if m.mark.State.over() {
		m.say(nil, 0, restoreHinted)
		if stored.Login != 0 { // or else it is not ours, and no business of ours
			m.storage.clear()
		}
		m.phase = signedOut
		m.restoreTried()
		if m.mark.State == Leaving {
			go m.farewell()
		}
		return
	}
	if stored.AccessToken != "" && stored.of(m.mark) {
		m.sequence++
		m.token = newToken(stored.grant(now), now, m.sequence, m.number(stored.Claims.Subject))
		if !m.token.expired(now, m.token.margin(m.policy)) {
			m.say(nil, 0, restoredStored)
			m.signIn()
			m.restoreTried()
			event := Changed{Session: m.current.Load(), Reason: ByRestore}
			// Not at once: the page has had no chance yet to listen.
			m.clock.AfterFunc(0, func() { m.tell(event) })
			return
		}
	}
	if m.policy.Lazy {
		m.restoreTried()
		return
	}
	m.join()
}

// Current returns the session, or nil where there is none: the same pointer
// until the session changes. It never waits, as [Manager.Begin].
func (m *Manager) Current() *Session { return m.current.Load() }

// Ready waits until the restore of the session has been tried, and returns the
// session; nil where there is none.
func (m *Manager) Ready() *Session {
	<-m.restored
	return m.Current()
}

// Close ends the manager: waiting calls and later ones get [ErrDestroyed]. The
// session itself, in storage and in the cookie, is left as it is.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.overtake()
	m.backoff.clear()
	m.forget()
	m.restoreTried()
}

// signIn makes, with the lock held, the token that is there the session.
func (m *Manager) signIn() {
	m.phase = signedIn
	m.current.Store(&Session{Claims: m.token.claims, ExpiresAt: m.token.expiresAt()})
}

// forget leaves, with the lock held, no session in this page.
func (m *Manager) forget() {
	m.phase, m.token = signedOut, token{}
	m.current.Store(nil)
}

// number returns, with the lock held, the number of the user with the given
// subject: the last one's where it is the same. Zero: a token does not tell.
func (m *Manager) number(subject string) uint64 {
	if subject == "" {
		return 0
	}
	if subject != m.subject {
		m.subject = subject
		m.users++
	}
	return m.users
}

// tell passes an event on; nil is none. Without the lock held, because a
// listener may call any method.
func (m *Manager) tell(e Event) {
	if e != nil {
		m.notify(e)
	}
}

func (p Policy) withDefaults() Policy {
	if p.Timeout == 0 {
		p.Timeout = 15 * time.Second
	}
	return p
}
