// Package account keeps the users of a server that has no user database of its
// own: who they are, and whether a password is theirs.
//
// It is not for applications that already have users. Those hand the server a
// function instead (server.Config.Authenticate), and need no more from here than
// the errors that it answers with. The [Throttle] stands in front of either.
//
//	accounts, err := account.New(account.Config{Store: db})
//	if err != nil {
//		return err
//	}
//	user, err := accounts.Add(ctx, account.NewUser{Email: "ada@example.com", Password: "correct horse"})
//	...
//	user, err = accounts.Authenticate(ctx, " Ada@Example.com", "correct horse")
package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Errors that callers distinguish with errors.Is.
var (
	// ErrInvalidCredentials: no such user, wrong password, or a disabled user.
	// Which of the three is not said, neither in words nor in time.
	ErrInvalidCredentials = errors.New("invalid credentials")
	// ErrNotFound: no user has this id or email address.
	ErrNotFound = errors.New("user not found")
	// ErrEmailTaken: another user has this email address.
	ErrEmailTaken = errors.New("email address is taken")
	// ErrInvalidEmail: the text is not an email address.
	ErrInvalidEmail = errors.New("invalid email address")
	// ErrInvalidName: a name is too long, or not one line of text.
	ErrInvalidName = errors.New("invalid name")
	// ErrInvalidPassword: a new password is too short, too long or not UTF-8.
	ErrInvalidPassword = errors.New("invalid password")
	// ErrSamePassword: a new password is the old one. It wraps ErrInvalidPassword.
	ErrSamePassword = fmt.Errorf("%w: the same as before", ErrInvalidPassword)
	// ErrBusy: more passwords are being checked than the server can take, or one
	// waited for too long. Nothing has happened; the request may be repeated.
	ErrBusy = errors.New("too many passwords are being checked")
)

// Config says how a Service works.
type Config struct {
	// Store keeps the users. Required.
	Store Store

	// Params is the cost of a password hash. The zero value is 19 MiB, two
	// passes, one lane, as OWASP recommends. Hashes made at another cost go on
	// working, and are made again at the next login.
	Params Params

	// Parallel bounds how many passwords are hashed at the same time, because
	// each takes Params.Memory. Zero means one per processor.
	Parallel int

	// Queue bounds how many more wait for their turn; the next one gets ErrBusy
	// at once. Zero means 32 for each of Parallel.
	Queue int

	// Wait bounds for how long each of them does; then it gets ErrBusy. Zero means
	// 3 seconds.
	Wait time.Duration

	// Now is the clock. Zero means time.Now.
	Now func() time.Time
}

// Service answers who a user is. It is safe for concurrent use.
type Service struct {
	store  Store
	params Params
	queue  *queue
	now    func() time.Time
	// decoy is verified when there is no user, so that both cases cost the same.
	decoy Hash
}

// New returns a Service, or an error that names the option that is wrong.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("account: config: Store is required")
	}
	if c.Params == (Params{}) {
		c.Params = DefaultParams()
	}
	if err := c.Params.check(); err != nil {
		return nil, fmt.Errorf("account: config: %w", err)
	}
	for _, option := range []struct {
		name  string
		wrong bool
	}{
		{"Parallel", c.Parallel < 0},
		{"Queue", c.Queue < 0},
		{"Wait", c.Wait < 0},
	} {
		if option.wrong {
			return nil, fmt.Errorf("account: config: %s must not be negative", option.name)
		}
	}
	c.Parallel = cmp.Or(c.Parallel, runtime.GOMAXPROCS(0))
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{
		store:  c.Store,
		params: c.Params,
		queue:  newQueue(c.Parallel, cmp.Or(c.Queue, 32*c.Parallel), cmp.Or(c.Wait, 3*time.Second)),
		now:    c.Now,
		decoy:  hashPassword(rand.Text(), c.Params),
	}, nil
}

// Authenticate returns the user whose email address and password these are.
//
// An unknown address, a wrong password and a disabled user take the same work
// and give the same ErrInvalidCredentials. ErrBusy and errors of the store say
// nothing about the password.
func (s *Service) Authenticate(ctx context.Context, email, password string) (User, error) {
	password, ok := normalizePassword(password)
	if !ok {
		// Nobody can have such a password, so this says nothing about the user,
		// and a megabyte of password costs us no hashing.
		return User{}, ErrInvalidCredentials
	}
	user, err := s.lookup(ctx, email)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	hash := user.PasswordHash
	if !known {
		hash = s.decoy
	}
	match, err := s.verify(ctx, hash, password)
	if err != nil {
		return User{}, err
	}
	if !known || !match || user.Disabled() {
		return User{}, ErrInvalidCredentials
	}
	if hash.params() != s.params {
		user.PasswordHash = s.rehash(ctx, user, password)
	}
	return user.user(), nil
}

func (s *Service) lookup(ctx context.Context, email string) (Record, error) {
	normal, err := NormalizeEmail(email)
	if err != nil {
		return Record{}, ErrNotFound
	}
	user, err := s.store.UserByEmail(ctx, normal)
	if err != nil {
		return Record{}, fmt.Errorf("looking up a user: %w", err)
	}
	return user, nil
}

// rehash brings an old hash to the present cost, and returns the one that is kept.
// It is best effort: the login has succeeded, and the next one tries again.
func (s *Service) rehash(ctx context.Context, user Record, password string) Hash {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return user.PasswordHash
	}
	if err := s.store.SetPassword(ctx, PasswordChange{
		UserID: user.ID, Old: user.PasswordHash, New: hash, At: s.now(), KeepSessions: true,
	}); err != nil {
		return user.PasswordHash
	}
	return hash
}

func (s *Service) verify(ctx context.Context, hash Hash, password string) (bool, error) {
	release, err := s.queue.enter(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return hash.matches(password)
}

func (s *Service) hash(ctx context.Context, password string) (Hash, error) {
	release, err := s.queue.enter(ctx)
	if err != nil {
		return Hash{}, err
	}
	defer release()
	return hashPassword(password, s.params), nil
}
