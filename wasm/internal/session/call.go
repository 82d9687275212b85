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

// Do carries one call through the session: it attaches the token, refreshes it
// when it is about to expire or the API refuses it, and sends the call again.
//
// It returns nil once an answer is there, whatever its status: the caller gets
// the last one that the call received. Errors are the call's own, ctx's, and
// [ErrDestroyed]. ctx bounds the waiting for a refresh and not the sending; the
// refresh itself goes on for the others.
func (m *Manager) Do(ctx Context, call Call) error {
	token, refreshed, err := m.attach(ctx)
	if err != nil {
		return err
	}
	first := token
	for sends := 1; ; sends++ {
		answer, err := call.Send(token.value)
		if err != nil {
			return err
		}
		if !answer.rejects() || sends == maxSends {
			return nil
		}
		if answer.condemns() {
			m.condemn(token)
		}
		if !call.Replayable() {
			if !refreshed {
				m.refreshBehind(token)
			}
			return nil
		}
		next, flown, err := m.replace(ctx, token, refreshed)
		if err != nil {
			return err
		}
		refreshed = refreshed || flown
		if next.sequence <= token.sequence || !sameUser(first, next) {
			return nil
		}
		token = next
	}
}

// attach returns the token to send a new call with, after a refresh where that
// is due. The token is empty where there is no session.
func (m *Manager) attach(ctx Context) (t token, refreshed bool, err error) {
	m.mu.Lock()
	if m.isClosed() {
		m.mu.Unlock()
		return token{}, false, ErrDestroyed
	}
	now := m.clock.Now()
	if !m.dueBeforeCall(now) {
		defer m.mu.Unlock()
		return m.usable(), false, nil
	}
	before := m.token
	f := m.join()
	m.mu.Unlock()

	if err := m.wait(ctx, f); err != nil {
		return token{}, true, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !sameUser(before, m.token) {
		// The page made this call while it showed someone else.
		return token{}, true, nil
	}
	return m.usable(), true, nil
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

// usable returns, with the lock held, what to send a call with. A token that the
// clock calls expired is still sent, because the clock may be wrong; one that the
// API has refused is not.
func (m *Manager) usable() token {
	t := m.token
	if t.dead {
		t.value = ""
	}
	return t
}

// replace returns the token to send a refused call with: the newest one, after
// a refresh if the refused one was the newest and this call has had none. It is
// no newer than the refused one where there is nothing better to be had.
func (m *Manager) replace(ctx Context, refused token, refreshed bool) (t token, flown bool, err error) {
	m.mu.Lock()
	if m.isClosed() {
		m.mu.Unlock()
		return token{}, false, ErrDestroyed
	}
	if better := m.live(); better.sequence > refused.sequence ||
		refreshed || m.phase == signedOut || m.backoff.active(m.clock.Now()) {
		m.mu.Unlock()
		return better, false, nil
	}
	f := m.join()
	m.mu.Unlock()

	if err := m.wait(ctx, f); err != nil {
		return token{}, true, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live(), true, nil
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
func (m *Manager) refreshBehind(refused token) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phase == signedIn && m.sequence == refused.sequence && !m.backoff.active(m.clock.Now()) {
		m.join()
	}
}

// condemn marks the token as refused by the API, so that it is not sent twice.
func (m *Manager) condemn(refused token) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.token.sequence == refused.sequence && refused.value != "" {
		m.token.dead = true
	}
}

// Owns reports whether value is the access token in use, so that a call which
// already carries it is treated as one of ours.
func (m *Manager) Owns(value AccessToken) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return value != "" && value == m.token.value
}

// sameUser reports whether a call of the user of a may be sent as that of b.
// Nobody is the same as anybody: a call made before the login may profit.
func sameUser(a, b token) bool {
	return a.claims.Subject == "" || b.claims.Subject == "" || a.claims.Subject == b.claims.Subject
}

func (m *Manager) isClosed() bool {
	select {
	case <-m.closed:
		return true
	default:
		return false
	}
}
