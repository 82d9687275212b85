package session

import (
	"errors"
	"strconv"

	"github.com/authfetch/authfetch/server/wire"
)

// Codes of errors that arise in the page. The server's are in package wire.
const (
	CodeDestroyed     wire.Code = "destroyed"      // the instance was destroyed
	CodeSessionOver   wire.Code = "session_over"   // refused, and the server named no code
	CodeRefreshFailed wire.Code = "refresh_failed" // no readable answer; worth trying again
	CodeNotBound      wire.Code = "not_bound"      // a token that any thief could use, where a bound one was wanted
)

// ErrDestroyed is returned for every call on a closed manager.
var ErrDestroyed = &Error{Code: CodeDestroyed}

var errOverdue = errors.New("the refresh is overdue")

// Error is a failed exchange with the auth server.
type Error struct {
	// Code is the server's where it named one, or one of those above.
	Code wire.Code
	// Status is that of the answer; zero: there was none.
	Status int
	// Over: this server says with that status, which need not be 401, that the
	// session does not live.
	Over bool
	// Reason accompanies session_revoked.
	Reason wire.Reason
	// RetryAfter is how many seconds the server asked to be left alone; zero: it
	// did not.
	RetryAfter float64
	// Cause is what the platform said; nil where the server answered.
	Cause error
}

// Error says what failed, without anything secret.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Reason != "" {
		text += " (" + string(e.Reason) + ")"
	}
	if e.Status != 0 {
		text += ": the server answered " + strconv.Itoa(e.Status)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// asError returns err as an *Error, as a failed refresh where it is none.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeRefreshFailed, Cause: err}
}

// over reports whether the server has said that the session does not live. Of
// any server 401 says so, and nothing else: it may pass. A refusal of the proof is
// none of the session, whatever its status.
func (e *Error) over() bool {
	return (e.Status == 401 || e.Over) && e.Code != wire.UseDPoPNonce && e.Code != wire.InvalidDPoPProof
}

// passing reports whether it is worth trying again: no answer came, or one that says
// so. What else a server refuses, it will refuse again.
func (e *Error) passing() bool {
	return e.Status == 0 || e.Status == 408 || e.Status == 429 || e.Status >= 500
}

// mayMeanToken reports whether it may have been the access token sent along that
// the server refused, and not the cookie. Another server than ours often has a
// filter in front of the endpoint that knows no better.
func (e *Error) mayMeanToken() bool {
	switch e.Code {
	case wire.RefreshMissing, wire.RefreshMalformed, wire.RefreshReused,
		wire.SessionRevoked, wire.SessionExpired, wire.SessionUnknown, wire.DPoPKeyMismatch:
		return false
	default:
		return e.Code == wire.InvalidToken || e.over()
	}
}
