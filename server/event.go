package server

import (
	"context"
	"errors"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// Observer hears of what happens, for metrics and for an audit log. It is called
// in the goroutine of the request, after the change was stored and before the
// answer goes out: it has to be quick, and safe for concurrent use.
type Observer interface {
	Observe(ctx context.Context, event Event)
}

// EventType is what somebody did, or tried to do.
type EventType string

// The types.
const (
	EventLogin          EventType = "login"
	EventRefresh        EventType = "refresh"
	EventLogout         EventType = "logout"
	EventRegistration   EventType = "registration"
	EventPasswordChange EventType = "password_change"
	EventSessionsEnded  EventType = "sessions_ended" // from the list of sessions, or by the application
)

// Event is one thing that happened. It holds no token, no password and no cookie.
type Event struct {
	Type EventType
	Time time.Time     // when it had happened, by Config.Now
	Took time.Duration // what it took, from the arrival of the request

	// Code says why it was refused. Empty: it was not.
	Code wire.Code
	// Outcome is what became of the refresh token that was presented, or that a
	// login issued. Empty: it did not come to that.
	Outcome rotation.Outcome
	// Reason is why sessions ended, by this request or, with wire.SessionRevoked,
	// before it. Empty: none did.
	Reason wire.Reason

	UserID    string // empty where the user is not known, as after a wrong password
	SessionID string // empty where the session is not known
	Sessions  int    // how many live sessions ended
	Client    rotation.Client

	// Rotation has the ages and addresses behind an Outcome that an operator wants
	// to look into: recovered, reused, stormed, unknown, unproven, mismatched. Nil: any
	// other.
	Rotation *rotation.Event
}

// granted notes which session a refresh token was issued for.
func (e *Event) granted(grant rotation.Grant) {
	e.UserID, e.SessionID = grant.Session.UserID, grant.Session.ID
	e.rotated(grant.Event)
}

// refused notes why.
func (e *Event) refused(f *failure) {
	e.Code, e.Reason = f.code, f.reason
	refusal, ok := errors.AsType[*rotation.Refusal](f.cause)
	if !ok || e.Type != EventRefresh {
		return // a session that is over, but no refresh token was presented
	}
	e.UserID, e.SessionID = refusal.Event.UserID, refusal.Event.SessionID
	e.rotated(refusal.Event)
	if e.Outcome == rotation.Reused {
		e.Sessions, e.Reason = 1, wire.ReasonReuse
	}
}

func (e *Event) rotated(r rotation.Event) {
	if e.Outcome = r.Outcome; r.Suspicious() {
		e.Rotation = &r
	}
}

// ended notes how many live sessions ended.
func (e *Event) ended(count int, reason wire.Reason) {
	if e.Sessions = count; count > 0 {
		e.Reason = reason
	}
}
