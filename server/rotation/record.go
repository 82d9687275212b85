package rotation

import (
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// Record is a refresh session as the store has it. Times are UTC and keep at
// least milliseconds. The zero Record stands for a session that does not exist.
type Record struct {
	ID     string
	UserID string

	// Generation counts the rotations; a new session has 0. Nonce makes the
	// generation's token unguessable and tells it from one of the same number
	// that a restored backup has made a second time. PreviousNonce is that of
	// the generation before, empty in generation 0.
	Generation    int64
	Nonce         string
	PreviousNonce string

	CreatedAt        time.Time // the sign-in: the auth_time of access tokens
	RotatedAt        time.Time // when the current generation was made
	ReissuedAt       time.Time // when its token was last given out again before it was seen used; zero: never
	SeenAt           time.Time // when the current generation was first seen used; zero: not yet
	Replays          int       // how often the previous token was answered with the current one
	PreviousIssuedAt time.Time // IssuedAt of the generation before; zero in generation 0

	// KeyThumbprint is of the key to which the session is bound, RFC 9449 section 5;
	// empty: to none. KeyGeneration is the first one that was.
	KeyThumbprint string
	KeyGeneration int64

	IdleExpiresAt time.Time // slides with each rotation, never past ExpiresAt
	ExpiresAt     time.Time // the absolute end

	RevokedAt    time.Time   // zero: not revoked
	Reason       wire.Reason // how it was revoked
	UserDisabled bool        // the user was disabled; false where the store knows no users

	Client Client // who made the current generation
}

// Client is what is known about the other end of a connection. It is shown to
// users and put into events; no decision depends on it.
type Client struct {
	UserAgent string // at most MaxUserAgent bytes are kept
	Address   string // an IP address without a port
}

// MaxUserAgent is how much of a user agent is kept, in bytes.
const MaxUserAgent = 256

// Trimmed cuts what a client made too long, and leaves out what is not UTF-8. An
// Engine does so by itself.
func (c Client) Trimmed() Client {
	c.UserAgent = strings.ToValidUTF8(c.UserAgent[:min(len(c.UserAgent), MaxUserAgent)], "")
	return c
}

// Live tells whether the session can still be refreshed at that time.
func (r Record) Live(at time.Time) bool {
	return r.ID != "" && r.RevokedAt.IsZero() && !r.UserDisabled && at.Before(r.IdleExpiresAt) && at.Before(r.ExpiresAt)
}

// IssuedAt is when the current token was made, or last given out again before it
// was seen used. The grace for its predecessor counts from then.
func (r Record) IssuedAt() time.Time { return later(r.RotatedAt, r.ReissuedAt) }

// LastUsedAt is the last that is known of the session's use: the latest of when
// its current token was made, was given out again, and was first seen used. A
// session is seen once for each rotation, so that this can be late by the life
// of an access token, never early.
func (r Record) LastUsedAt() time.Time { return later(r.IssuedAt(), r.SeenAt) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Remaining is how long the current refresh token can still be used: what is
// left of the idle and of the absolute lifetime, whichever is less, and never
// less than zero.
func (r Record) Remaining(at time.Time) time.Duration {
	end := r.IdleExpiresAt
	if r.ExpiresAt.Before(end) {
		end = r.ExpiresAt
	}
	return max(end.Sub(at), 0)
}
