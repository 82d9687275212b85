package session

import (
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// maxSends bounds how often one call goes over the network: once, again with a
// token that others had got meanwhile, and again after its own refresh.
const maxSends = 3

// Call is one request of the page to the API. The manager sends it up to three
// times, one after the other.
type Call interface {
	// Send sends the request, with the token if it is not empty, and waits for
	// the response, which the call keeps for its caller. An error ends the call.
	Send(AccessToken) (Answer, error)
	// Replayable reports whether Send can be called once more.
	Replayable() bool
}

// Answer is what the manager needs to know of a response.
type Answer struct {
	Status    int
	Challenge string // the WWW-Authenticate field, RFC 9110 section 11.6.1
	// Foreign: the request was redirected to an origin that is none of the
	// API's, so the answer says nothing of this session.
	Foreign bool
}

// rejects reports whether the answer says that another token may help.
func (a Answer) rejects() bool {
	return a.Status == 401 && !a.Foreign &&
		!strings.Contains(a.Challenge, wire.ChallengeInsufficientScope)
}

// condemns reports whether the answer says that the token itself is bad, and
// not that the resource wants something else.
func (a Answer) condemns() bool {
	return strings.Contains(a.Challenge, wire.ChallengeInvalidToken)
}

// Pass is what a call is sent with, and what the manager has to be told again
// when the answer is there. The numbers identify the token without holding it.
type Pass struct {
	Token    AccessToken // empty: the call is sent without one
	Sequence uint64      // of the token; zero without one
	User     uint64      // whose it is; zero: nobody's, or nobody knows
}

// Do carries one call through the session: it attaches the token, refreshes it
// when it is about to expire or the API refuses it, and sends the call again.
//
// It returns nil once an answer is there, whatever its status: the caller gets
// the last one that the call received. Errors are the call's own, ctx's, and
// [ErrDestroyed]. ctx bounds the waiting for a refresh and not the sending; the
// refresh itself goes on for the others.
func (m *Manager) Do(ctx Context, call Call) error {
	pass, refreshed, err := m.attach(ctx)
	if err != nil {
		return err
	}
	answer, err := call.Send(pass.Token)
	if err != nil {
		return err
	}
	return m.proceed(ctx, call, pass, answer, refreshed)
}

// Begin is the first half of [Manager.Do] for callers who send the call
// themselves: what to send it with, unless Do would have to wait for that. It
// never waits, not even for a lock, which is held where the page's own storage
// makes a call while the manager uses it.
func (m *Manager) Begin() (pass Pass, ok bool) {
	if !m.mu.TryLock() {
		return Pass{}, false
	}
	defer m.mu.Unlock()
	if m.over || m.dueBeforeCall(m.clock.Now()) {
		return Pass{}, false
	}
	return m.pass(), true
}

// Resume is the second half of [Manager.Do] for a call that was sent with pass.
// It need not be called for an answer other than a 401.
func (m *Manager) Resume(ctx Context, call Call, pass Pass, answer Answer) error {
	return m.proceed(ctx, call, pass, answer, false)
}

// proceed looks at the answer to what was sent with pass, and sends the call
// again as long as that may help. refreshed: the call has had its refresh.
func (m *Manager) proceed(ctx Context, call Call, pass Pass, answer Answer, refreshed bool) error {
	first := pass.User
	for sends := 1; answer.rejects() && sends < maxSends; sends++ {
		if answer.condemns() {
			m.condemn(pass)
		}
		if !call.Replayable() {
			if !refreshed {
				m.refreshBehind(pass)
			}
			return nil
		}
		next, flown, err := m.replace(ctx, pass, refreshed)
		if err != nil {
			return err
		}
		refreshed = refreshed || flown
		if next.Sequence <= pass.Sequence || !sameUser(first, next.User) {
			return nil
		}
		pass = next
		if answer, err = call.Send(pass.Token); err != nil {
			return err
		}
	}
	return nil
}

// attach returns what to send a new call with, after a refresh where that is due.
func (m *Manager) attach(ctx Context) (p Pass, refreshed bool, err error) {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return Pass{}, false, ErrDestroyed
	}
	if !m.dueBeforeCall(m.clock.Now()) {
		defer m.mu.Unlock()
		return m.pass(), false, nil
	}
	before := m.token.user
	f := m.join()
	m.mu.Unlock()

	if err := m.wait(ctx, f); err != nil {
		return Pass{}, true, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !sameUser(before, m.token.user) {
		// The page made this call while it showed someone else.
		return Pass{User: before}, true, nil
	}
	return m.pass(), true, nil
}

// dueBeforeCall reports, with the lock held, whether a call has to wait for a
// refresh before it is sent.
func (m *Manager) dueBeforeCall(now Instant) bool {
	if m.backoff.active(now) {
		return false
	}
	switch m.phase {
	case unknown:
		return true
	case signedIn:
		return m.token.dead || m.token.expired(now, m.token.margin(m.policy))
	default:
		return false
	}
}

// pass returns, with the lock held, what to send a call with. A token that the
// clock calls expired is still sent, because the clock may be wrong; one that the
// API has refused is not.
func (m *Manager) pass() Pass {
	t := m.live()
	return Pass{Token: t.value, Sequence: t.sequence, User: m.token.user}
}

// replace returns what to send a refused call with: the newest token, after a
// refresh if the refused one was the newest and this call has had none. It is no
// newer than the refused one where there is nothing better to be had.
func (m *Manager) replace(ctx Context, refused Pass, refreshed bool) (p Pass, flown bool, err error) {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return Pass{}, false, ErrDestroyed
	}
	if better := m.pass(); better.Sequence > refused.Sequence ||
		refreshed || m.phase == signedOut || m.backoff.active(m.clock.Now()) {
		m.mu.Unlock()
		return better, false, nil
	}
	f := m.join()
	m.mu.Unlock()

	if err := m.wait(ctx, f); err != nil {
		return Pass{}, true, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pass(), true, nil
}

// live returns, with the lock held, the token unless the API has refused it.
func (m *Manager) live() token {
	if m.token.dead {
		return token{}
	}
	return m.token
}

// refreshBehind starts a refresh for the calls to come, where a call that
// cannot be sent again was refused with the newest token.
func (m *Manager) refreshBehind(refused Pass) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phase == signedIn && m.token.sequence == refused.Sequence && !m.backoff.active(m.clock.Now()) {
		m.join()
	}
}

// condemn marks the token as refused by the API, so that it is not sent twice.
func (m *Manager) condemn(refused Pass) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if refused.Sequence != 0 && refused.Sequence == m.token.sequence {
		m.token.dead = true
	}
}

// Owns reports whether value is the access token in use, so that a call which
// already carries it is treated as one of ours. Like [Manager.Begin] it never
// waits; while the token changes, none is in use.
func (m *Manager) Owns(value AccessToken) bool {
	if !m.mu.TryLock() {
		return false
	}
	defer m.mu.Unlock()
	return value != "" && value == m.token.value
}

// sameUser reports whether a call of user a may be sent as one of user b. Nobody
// is the same as anybody: a call made before the login may profit from it.
func sameUser(a, b uint64) bool { return a == 0 || b == 0 || a == b }
