package session

import (
	"github.com/authfetch/authfetch/server/wire"
)

// Reason says why the session changed.
type Reason string

// The reasons of a [Changed].
const (
	ByLogin           Reason = "login"
	ByRestore         Reason = "restore" // found again after a page load
	ByRefresh         Reason = "refresh"
	ByLogout          Reason = "logout"
	ByExpiry          Reason = "expired"
	ByRevocation      Reason = "revoked"
	ByAccountSwitched Reason = "account_switched" // another tab signed in as someone else
)

// Event is a [Changed] or a [Troubled].
type Event interface{ event() }

// Changed: the session is another one now, or there is none any more.
type Changed struct {
	Session *Session // nil: none
	Reason  Reason
	Code    wire.Code // what the server said; empty where it was not asked
}

// Troubled: a refresh failed in a way that may pass. The session is kept.
type Troubled struct {
	Err     *Error
	RetryAt Wall
}

func (Changed) event()  {}
func (Troubled) event() {}

// endReason tells an expired session from a revoked one.
func endReason(c wire.Code) Reason {
	switch c {
	case wire.SessionExpired, wire.RefreshMissing, wire.DPoPKeyMismatch:
		return ByExpiry
	default:
		return ByRevocation
	}
}
