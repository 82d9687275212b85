// Package rotation keeps refresh sessions: it issues refresh tokens, replaces
// each one when it is used, and recognises a replaced one that comes back.
//
// A session is one row, however often it is refreshed. Refresh tokens are not
// stored; a row has the generation and the nonce from which its current token
// can be made again, by whoever has the server secret. That is why an answer
// that was lost on its way can be given a second time.
//
// The package has three layers. [Decide] is a pure function: what happens to a
// presented token, given the row, the time and the [Policy]. A [Store] applies
// the change that was decided on, by compare and swap. The [Engine] ties the two
// together:
//
//	engine, err := rotation.New(rotation.Config{Issuer: issuer, Secrets: secrets, Store: store})
//	if err != nil {
//		return err
//	}
//	grant, err := engine.Begin(ctx, rotation.SignIn{UserID: "u1"})
//	if err != nil {
//		return err
//	}
//	next, err := engine.Refresh(ctx, rotation.Request{Tokens: []string{grant.RefreshToken.Reveal()}})
//
// What a refresh came to is in its [Grant] or [Refusal], with an [Event] that
// tells an operator why. Sessions that ended stay for a week, to tell late clients
// how; [Engine.Prune] removes them after that.
//
// The standard behind it is RFC 9700 section 4.14.2. What it adds is patience:
// browsers lose answers, send requests twice and run many tabs, and none of that
// is theft.
//
// A session can be bound to a key of the client (RFC 9449 section 5), at its
// beginning or later. Its tokens are replaced all the same: the alarm is for the
// time before, and for a key that is used by somebody else.
//
// Do not use it for access tokens, see package token.
package rotation

import (
	"errors"

	"github.com/authfetch/authfetch/server/wire"
)

// Why a refresh was refused, to be told apart with errors.Is. None of them
// changes the client's cookie.
var (
	// ErrMissing: no refresh token came along.
	ErrMissing = errors.New("no refresh token")
	// ErrAmbiguous: refresh tokens of several live sessions came along.
	ErrAmbiguous = errors.New("refresh tokens of several live sessions")
	// ErrMalformed: not a refresh token of ours. The store was not asked.
	ErrMalformed = errors.New("malformed refresh token")
	// ErrUnknown: a genuine token of a session, or of a generation, that the
	// store does not have. A restored backup is the likely reason.
	ErrUnknown = errors.New("unknown session")
	// ErrRevoked: the session was ended; the Refusal has the reason.
	ErrRevoked = errors.New("session is revoked")
	// ErrExpired: the idle or the absolute lifetime is over.
	ErrExpired = errors.New("session has expired")
	// ErrSwitched: the access token sent along belongs to another user.
	ErrSwitched = errors.New("access token of another account")
	// ErrStorm: one replaced token was presented too often; see Policy.MaxReplays.
	ErrStorm = errors.New("too many refreshes with one token")
	// ErrReused: a replaced token came back too late. The session is now revoked.
	ErrReused = errors.New("refresh token was used before")
	// ErrUnproven: the session is bound to a key, or has to be, and no proof of one
	// came. Nothing happened.
	ErrUnproven = errors.New("no proof of the session's key")
	// ErrMismatched: the session is bound to another key. Nothing happened.
	ErrMismatched = errors.New("session of another key")
	// ErrSuperseded: a request that was overtaken on its way. Nothing happened;
	// the client asks again, with the token that it has by now.
	ErrSuperseded = errors.New("refresh token was replaced meanwhile")
)

// ErrUnavailable: the store could not be reached or was too busy. It says nothing
// about the session: the same token works later. Stores wrap it.
var ErrUnavailable = errors.New("session store is unavailable")

// ErrDisabled: no session can begin, because the user is disabled.
var ErrDisabled = errors.New("user is disabled")

// ErrConfig: a Config that cannot work.
var ErrConfig = errors.New("rotation configuration")

// Refusal is a refused refresh with what is known about it. It wraps one of the
// errors above, so errors.Is works; errors.As gets at the details.
type Refusal struct {
	Err    error
	Reason wire.Reason // with ErrRevoked: how the session ended; else empty
	Event  Event       // the same for an operator; no part of it is for the client
}

// Error says what happened, and the reason where there is one.
func (r *Refusal) Error() string {
	if r.Reason == "" {
		return r.Err.Error()
	}
	return r.Err.Error() + ": " + string(r.Reason)
}

// Unwrap gives errors.Is the cause.
func (r *Refusal) Unwrap() error { return r.Err }
