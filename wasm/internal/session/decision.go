package session

import "strings"

// Decision is one thing that the session has made up its mind about, for people who
// want to know why something happened. There is nothing secret in it.
type Decision struct {
	Why
	// Call numbers the call that it is about, from 1; zero: none.
	Call uint64
	// Request is the label of what was called.
	Request string
	// Detail is a status, a code or a time that belongs to the words; mostly empty.
	Detail string
}

// Why is a stable code and, after a colon, the words for it.
type Why string

// Code is the part that does not change.
func (w Why) Code() string {
	code, _, _ := strings.Cut(string(w), ": ")
	return code
}

// Text is the part for people.
func (w Why) Text() string {
	_, text, _ := strings.Cut(string(w), ": ")
	return text
}

// What a call comes to.
const (
	sentFresh   Why = "sent: with the access token"
	sentExpired Why = "sent_expired: with a token that the clock calls expired, since a refresh failed a moment ago"
	sentBare    Why = "sent_bare: without a token, because there is none that the API has not refused"
	sentNobody  Why = "sent_nobody: without a token, because another user has signed in since the call was made"
	Foreign     Why = "left_foreign: not the API's origin: left to fetch as it is"
	Untouched   Why = "left_alone: an auth endpoint, or authorised or aborted by its caller: sent as it is"
	waits       Why = "waits: for a refresh, because the token is about to expire or nobody knows of one yet"
	answered    Why = "answered: the API's answer goes to the caller"
	failed      Why = "failed: no answer came, which the caller learns as from fetch"
	gaveUp      Why = "gave_up: the caller has aborted the call, or the instance is gone"

	sentNonce       Why = "sent_nonce: 401, for want of a nonce, which came along: the same again"
	refusedNonce    Why = "refused_nonce: 401 for a nonce again: the caller gets it"
	refusedScope    Why = "refused_scope: 401, which another token would not change: insufficient_scope, the proof, or another origin's"
	refusedOneShot  Why = "refused_stream: 401, and a stream cannot be sent twice: the caller gets it, and the next call a new token"
	refusedLate     Why = "refused_late: 401, and a newer token has arrived since: sent again with that one"
	refusedWaits    Why = "refused_waits: 401 with the newest token: waits for a refresh"
	refusedAgain    Why = "refused_again: 401 after its refresh: the caller gets it"
	refusedSession  Why = "refused_session: 401, and there is no session to refresh: the caller gets it"
	refusedBackoff  Why = "refused_backoff: 401, and a refresh has just failed: the caller gets it"
	refusedUser     Why = "refused_user: 401, and by now another user is signed in: the caller gets it"
	refusedFailed   Why = "refused_failed: 401, and the refresh brought no newer token: the caller gets it"
	refusedTooOften Why = "refused_too_often: 401 three times: the caller gets it"
)

// What becomes of the session.
const (
	provenAgain       Why = "auth_nonce: refused for want of a nonce, which came along: the same again"
	refreshStarts     Why = "refresh: begins; every call that needs a token waits for this one"
	refreshUnlocked   Why = "refresh_unlocked: another tab holds the lock for too long: done without"
	refreshNeedless   Why = "refresh_needless: another tab or a login was faster"
	refreshSends      Why = "refresh_sends: with the refresh cookie"
	refreshSuperseded Why = "refresh_superseded: another tab has refreshed: once more, with the cookie of now"
	refreshSwitched   Why = "refresh_switched: the cookie is another user's: once more, as that one"
	refreshBare       Why = "refresh_bare: the server rejects the old access token: once more, without it"
	refreshed         Why = "refreshed: a new access token is there"
	refreshOver       Why = "refresh_over: the server has ended the session"
	refreshKey        Why = "refresh_key: this page has lost its key: the session is over for this page alone"
	refreshFailed     Why = "refresh_failed: for a reason that may pass: the session is kept"
	refreshVoid       Why = "refresh_void: its answer came after a login or logout, and changes nothing"

	restoredStored Why = "restored: the access token was in the storage"
	restoreHinted  Why = "restore_needless: an earlier page has found that there is no session"
	signedInNow    Why = "signed_in: by login"
	signedOutNow   Why = "signed_out: here at once; the server is told next"
	farewellTold   Why = "logout_told: the server knows of the logout"
	farewellFailed Why = "logout_untold: the server could not be told of the logout: tried again later"

	heardOver  Why = "heard_over: another tab says that the session is over"
	heardLogin Why = "heard_login: another tab has signed in: the token is dropped, and the session restored"
	adopted    Why = "adopted: another tab has stored a newer access token"
)

// Labelled is what a decision can be about.
type Labelled interface {
	// Label is the method and the address of a call, without the query, in which
	// there may be secrets.
	Label() string
}

// Observe has every decision told to f from now on, nil: to nobody. f is called with
// or without a lock held: it must neither wait nor call the manager.
func (m *Manager) Observe(f func(Decision)) {
	if f == nil {
		m.observer.Store(nil)
		return
	}
	m.observer.Store(&f)
}

// Observed reports whether anybody wants to know.
func (m *Manager) Observed() bool { return m.observer.Load() != nil }

// Say tells the observer of a decision about a call; nil: about the session.
func (m *Manager) Say(call Labelled, number uint64, why Why, detail string) {
	f := m.observer.Load()
	if f == nil {
		return
	}
	d := Decision{Why: why, Call: number, Detail: detail}
	if call != nil {
		d.Request = call.Label()
	}
	(*f)(d)
}

// say is Say without more to say.
func (m *Manager) say(call Labelled, number uint64, why Why) { m.Say(call, number, why, "") }

// nextCall returns what an observed call is called; zero where nobody observes.
func (m *Manager) nextCall() uint64 {
	if !m.Observed() {
		return 0
	}
	return m.calls.Add(1)
}
