package session

import (
	"strconv"
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
	Labelled
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
func (a Answer) rejects() bool { return a.Status == 401 && !a.beyond() }

// beyond reports whether a refusal has nothing to do with the token.
func (a Answer) beyond() bool {
	return a.Foreign || strings.Contains(a.Challenge, wire.ChallengeInsufficientScope) ||
		strings.Contains(a.Challenge, wire.ChallengeInvalidDPoPProof)
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
	Call     uint64      // the call's number, for whom decisions are told to; zero: for nobody
}

// Do carries one call through the session: it attaches the token, refreshes it
// when it is about to expire or the API refuses it, and sends the call again.
//
// It returns nil once an answer is there, whatever its status: the caller gets
// the last one that the call received. Errors are the call's own, ctx's, and
// [ErrDestroyed]. ctx bounds the waiting for a refresh and not the sending; the
// refresh itself goes on for the others.
func (m *Manager) Do(ctx Context, call Call) error {
	number := m.nextCall()
	pass, refreshed, err := m.attach(ctx, call, number)
	if err != nil {
		m.say(call, number, gaveUp)
		return err
	}
	answer, err := call.Send(pass.Token)
	if err != nil {
		m.say(call, number, failed)
		return err
	}
	return m.proceed(ctx, call, pass, answer, refreshed)
}

// Begin is the first half of [Manager.Do] for callers who send the call
// themselves: what to send it with, unless Do would have to wait for that, or to say
// what it does. It never waits, not even for a lock, which is held where the page's
// own storage makes a call while the manager uses it.
func (m *Manager) Begin() (pass Pass, ok bool) {
	if !m.mu.TryLock() {
		return Pass{}, false
	}
	defer m.mu.Unlock()
	if m.over || m.Observed() || m.dueBeforeCall(m.clock.Now()) {
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
	first, number, nonced := pass.User, pass.Call, false
	for sends := 1; answer.rejects(); sends++ {
		if sends == maxSends {
			m.say(call, number, refusedTooOften)
			return nil
		}
		if answer.condemns() {
			m.condemn(pass)
		}
		nonce := answer.wantsNonce()
		if nonce && nonced {
			m.say(call, number, refusedNonce)
			return nil
		}
		nonced = nonced || nonce
		if !call.Replayable() {
			m.say(call, number, refusedOneShot)
			if !refreshed && !nonce {
				m.refreshBehind(pass)
			}
			return nil
		}
		next, flown, err := m.replace(ctx, call, pass, refreshed, nonce)
		if err != nil {
			m.say(call, number, gaveUp)
			return err
		}
		refreshed = refreshed || flown
		if !sameUser(first, next.User) {
			m.say(call, number, refusedUser)
			return nil
		}
		if next.Sequence < pass.Sequence || next.Sequence == pass.Sequence && !nonce {
			if flown {
				m.say(call, number, refusedFailed)
			}
			return nil
		}
		pass = next
		m.say(call, number, sentFresh)
		if answer, err = call.Send(pass.Token); err != nil {
			m.say(call, number, failed)
			return err
		}
	}
	m.concludes(call, number, answer)
	return nil
}

// sends returns, with the lock held, what to send a call with, and says so.
func (m *Manager) sends(call Call, number uint64) Pass {
	p := m.pass()
	if p.Call = number; number != 0 {
		why := sentFresh
		switch {
		case p.Token == "":
			why = sentBare
		case m.token.expired(m.clock.Now(), 0):
			why = sentExpired
		}
		m.say(call, number, why)
	}
	return p
}

// concludes says that the caller gets an answer that no other token would change.
func (m *Manager) concludes(call Call, number uint64, answer Answer) {
	why := answered
	if answer.Status == 401 {
		why = refusedScope
	}
	if m.Observed() {
		m.Say(call, number, why, strconv.Itoa(answer.Status))
	}
}

// attach returns what to send a new call with, after a refresh where that is due.
func (m *Manager) attach(ctx Context, call Call, number uint64) (p Pass, refreshed bool, err error) {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return Pass{}, false, ErrDestroyed
	}
	if !m.dueBeforeCall(m.clock.Now()) {
		defer m.mu.Unlock()
		return m.sends(call, number), false, nil
	}
	m.say(call, number, waits)
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
		m.say(call, number, sentNobody)
		return Pass{User: before, Call: number}, true, nil
	}
	return m.sends(call, number), true, nil
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
// newer than the refused one where there is nothing better to be had, or where
// nothing but a nonce was wanting.
func (m *Manager) replace(ctx Context, call Call, refused Pass, refreshed, nonce bool) (p Pass, flown bool, err error) {
	m.mu.Lock()
	if m.over {
		m.mu.Unlock()
		return Pass{}, false, ErrDestroyed
	}
	better := m.pass()
	better.Call = refused.Call
	why := refusedWaits
	switch {
	case better.Sequence > refused.Sequence:
		why = refusedLate
	case nonce && better.Sequence == refused.Sequence:
		why = sentNonce
	case refreshed:
		why = refusedAgain
	case m.phase == signedOut:
		why = refusedSession
	case m.backoff.active(m.clock.Now()):
		why = refusedBackoff
	}
	m.say(call, refused.Call, why)
	if why != refusedWaits {
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
	better = m.pass()
	better.Call = refused.Call
	return better, true, nil
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
