package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is one account.
type User struct {
	ID         string // opaque and never reused
	Email      string // as NormalizeEmail returns it
	Name       string // for display; may be empty
	CreatedAt  time.Time
	DisabledAt time.Time // zero: the user is enabled

	// PasswordID changes whenever the password does, and says nothing about it: a
	// login that is under way meanwhile is found out by it. Empty: not known.
	PasswordID string `json:"-"`
}

// Disabled reports whether the user may not sign in.
func (u User) Disabled() bool { return !u.DisabledAt.IsZero() }

// Record is a user as a store keeps it.
type Record struct {
	User
	PasswordHash Hash
}

// user is the record without what nobody needs to know.
func (r Record) user() User {
	r.PasswordID = r.PasswordHash.id()
	return r.User
}

// NewUser is what Add needs to know.
type NewUser struct {
	Email    string
	Password string // 8 to 256 characters
	Name     string // at most 256 characters on one line; may be empty
}

// Add creates a user. The error wraps ErrInvalidEmail, ErrInvalidName,
// ErrInvalidPassword or ErrEmailTaken where those apply.
func (s *Service) Add(ctx context.Context, n NewUser) (User, error) {
	email, err := NormalizeEmail(n.Email)
	if err != nil {
		return User{}, err
	}
	if err := checkName(n.Name); err != nil {
		return User{}, err
	}
	password, err := CheckPassword(n.Password)
	if err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	user := User{
		ID: rand.Text(), Email: email, Name: n.Name,
		// What a store keeps is milliseconds; what Add returns is what it keeps.
		CreatedAt: s.now().UTC().Truncate(time.Millisecond),
	}
	record := Record{User: user, PasswordHash: hash}
	if err := s.store.CreateUser(ctx, record); err != nil {
		return User{}, fmt.Errorf("adding a user: %w", err)
	}
	return record.user(), nil
}

const maxName = 256 // characters

// checkName keeps out what would move the cursor of the terminal, break the line of
// the log, or turn around the row of the list, that the name is shown in.
func checkName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: not UTF-8", ErrInvalidName)
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("%w: longer than %d characters", ErrInvalidName, maxName)
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) }):
		return fmt.Errorf("%w: contains control characters", ErrInvalidName)
	}
	return nil
}

// User finds a user by id. A user who was deleted or disabled is ErrNotFound.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	user, err := s.store.UserByID(ctx, id)
	if err != nil {
		return User{}, fmt.Errorf("looking up a user: %w", err)
	}
	if user.Disabled() {
		return User{}, fmt.Errorf("user is disabled: %w", ErrNotFound)
	}
	return user.user(), nil
}

// List returns all users, ordered by email address, without their PasswordID.
func (s *Service) List(ctx context.Context) ([]User, error) {
	users, err := s.store.Users(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	return users, nil
}

// SetPassword gives a user a new password and ends all of the user's sessions.
func (s *Service) SetPassword(ctx context.Context, email, password string) error {
	password, err := CheckPassword(password)
	if err != nil {
		return err
	}
	user, err := s.lookup(ctx, email)
	if err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.store.SetPassword(ctx, PasswordChange{UserID: user.ID, New: hash, At: s.now()})
}

// ChangePassword gives a user a new password, if old is the present one, and ends
// the user's sessions but for keepSessionID. The error wraps
// ErrInvalidCredentials where old is wrong, or is not the password any more: of
// several changes at once, one wins. It wraps ErrInvalidPassword, and perhaps
// ErrSamePassword, where the new one will not do, ErrNotFound where the user was
// deleted or disabled, ErrBusy, or is one of the store.
func (s *Service) ChangePassword(ctx context.Context, userID, old, password, keepSessionID string) error {
	password, err := CheckPassword(password)
	if err != nil {
		return err
	}
	old, possible := normalizePassword(old)
	switch {
	case !possible:
		return ErrInvalidCredentials
	case old == password:
		return ErrSamePassword
	}
	change := PasswordChange{UserID: userID, KeepSession: keepSessionID}
	// A login may make the hash of the old password again in between. Then the
	// change is decided once more.
	const attempts = 3
	for range attempts {
		if change.Old, err = s.proven(ctx, userID, old); err != nil {
			return err
		}
		if change.New == (Hash{}) {
			if change.New, err = s.hash(ctx, password); err != nil {
				return err
			}
		}
		change.At = s.now()
		if err = s.store.SetPassword(ctx, change); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return err
}

// proven is the hash of the user's password, which has to be this one.
func (s *Service) proven(ctx context.Context, userID, password string) (Hash, error) {
	user, err := s.store.UserByID(ctx, userID)
	switch {
	case err != nil:
		return Hash{}, fmt.Errorf("looking up a user: %w", err)
	case user.Disabled():
		return Hash{}, fmt.Errorf("user is disabled: %w", ErrNotFound)
	}
	match, err := s.verify(ctx, user.PasswordHash, password)
	if err == nil && !match {
		err = ErrInvalidCredentials
	}
	return user.PasswordHash, err
}

// SetDisabled disables a user, which ends all of the user's sessions, or
// enables one again. Repeating it changes nothing.
func (s *Service) SetDisabled(ctx context.Context, email string, disabled bool) error {
	user, err := s.lookup(ctx, email)
	if err != nil {
		return err
	}
	if user.Disabled() == disabled {
		return nil
	}
	var at time.Time
	if disabled {
		at = s.now()
	}
	return s.store.SetDisabled(ctx, user.ID, at)
}

// Ensure adds the user unless the email address is taken already; whoever has
// it stays as is.
func (s *Service) Ensure(ctx context.Context, n NewUser) error {
	_, err := s.lookup(ctx, n.Email)
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err = s.Add(ctx, n)
	if errors.Is(err, ErrEmailTaken) {
		return nil
	}
	return err
}
