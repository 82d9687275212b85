package account

import (
	"context"
	"time"
)

// Store keeps users. Every method is safe for concurrent use and atomic: it
// happens completely or not at all, and what it wrote is durable when it
// returns.
//
// Errors wrap ErrNotFound and ErrEmailTaken where those apply; a store that
// cannot be reached returns an error that wraps rotation.ErrUnavailable.
type Store interface {
	// CreateUser adds a user. Two at once with one email address: one of them
	// gets ErrEmailTaken.
	CreateUser(ctx context.Context, user Record) error

	// UserByEmail finds a user by normalised email address, with the password
	// hash.
	UserByEmail(ctx context.Context, email string) (Record, error)

	// UserByID finds a user by id, with the password hash.
	UserByID(ctx context.Context, id string) (Record, error)

	// Users lists all users, ordered by email address.
	Users(ctx context.Context) ([]User, error)

	// SetPassword replaces a password hash, and ends sessions in the same
	// transaction as the change says.
	SetPassword(ctx context.Context, change PasswordChange) error

	// SetDisabled disables the user as of the given time and revokes all of the
	// user's sessions in the same transaction, with the reason "disabled". The
	// zero time enables the user again; sessions that were revoked stay so.
	SetDisabled(ctx context.Context, id string, at time.Time) error
}

// PasswordChange replaces a password hash.
type PasswordChange struct {
	UserID string
	New    Hash

	// Old is the hash that the change was decided on. If another change came
	// first, nothing is written and the error is ErrNotFound. The zero value
	// replaces whatever is there.
	Old Hash

	// At is the time of the change.
	At time.Time

	// KeepSessions leaves the user's sessions alive. The zero value revokes them
	// with the reason "password_change", except KeepSession.
	KeepSessions bool

	// KeepSession is the id of one session that stays alive, the one that made
	// the change. Empty means none.
	KeepSession string
}
