package account

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// ErrThrottled: too many attempts have failed. It comes as a *ThrottleError.
var ErrThrottled = errors.New("too many failed attempts")

// ThrottleError is ErrThrottled and how long to wait.
type ThrottleError struct{ RetryAfter time.Duration }

// Error says how long to wait.
func (e *ThrottleError) Error() string { return fmt.Sprintf("%v: wait %v", ErrThrottled, e.RetryAfter) }

// Unwrap gives errors.Is ErrThrottled.
func (e *ThrottleError) Unwrap() error { return ErrThrottled }

// ThrottlePolicy says how much guessing a Throttle lets through. The zero value
// is the safe choice. See Limit for what happens at a limit.
type ThrottlePolicy struct {
	// AccountFailures is how many attempts on one account may fail in a Window.
	// Zero: 10.
	AccountFailures int

	// AddressFailures is the same for one client address. An IPv6 address counts
	// with the 64 bits of its network, because a host has all of the others.
	// Zero: 100.
	AddressFailures int

	// Window is how long failures are counted, and the first pause. Zero: 15 minutes.
	Window time.Duration

	// MaxPause is the longest pause. Zero: 24 hours.
	MaxPause time.Duration

	// Parallel is how many attempts may be under way in this process; others get
	// ErrBusy at once, and the store is not asked. Zero: 64.
	Parallel int

	// InsecureUnlimited counts nothing, for tests that guess on purpose and for
	// servers with a better throttle in front. Parallel still holds.
	InsecureUnlimited bool
}

// WithDefaults returns the policy with nothing left to guess, or an error that
// names the field that is wrong.
func (p ThrottlePolicy) WithDefaults() (ThrottlePolicy, error) {
	for _, field := range []struct {
		name  string
		wrong bool
	}{
		{"AccountFailures", p.AccountFailures < 0},
		{"AddressFailures", p.AddressFailures < 0},
		{"Window", p.Window < 0},
		{"MaxPause", p.MaxPause < 0},
		{"Parallel", p.Parallel < 0},
	} {
		if field.wrong {
			return p, fmt.Errorf("%s must not be negative", field.name)
		}
	}
	p.AccountFailures = cmp.Or(p.AccountFailures, 10)
	p.AddressFailures = cmp.Or(p.AddressFailures, 100)
	p.Window = cmp.Or(p.Window, 15*time.Minute)
	p.MaxPause = cmp.Or(p.MaxPause, 24*time.Hour)
	p.Parallel = cmp.Or(p.Parallel, 64)
	if p.MaxPause < p.Window {
		return p, fmt.Errorf("%v is shorter than %v, the Window; lengthen MaxPause", p.MaxPause, p.Window)
	}
	return p, nil
}

func (p ThrottlePolicy) limit(failures int) Limit {
	return Limit{Failures: failures, Window: p.Window, MaxPause: p.MaxPause}
}

// ThrottleConfig is what a Throttle is made of.
type ThrottleConfig struct {
	// Store keeps the counts, so that every node knows them. Required.
	Store ThrottleStore

	// Key turns names into what the store keeps: an unknown name may be a password
	// that was typed into the wrong field. Required, at least 32 bytes; nodes that
	// share a store share it.
	Key secret.Bytes

	// Policy says how much is let through. Zero fields: the defaults named there.
	Policy ThrottlePolicy

	// Now is the clock, unless the store has its own. Zero: time.Now.
	Now func() time.Time
}

// Throttle slows down the guessing of passwords. It stands in front of whatever
// checks them; nothing else asks it, so nobody can lock a user out of a session
// that is there already. It is safe for concurrent use.
//
//	err := throttle.Try(ctx, account.Attempt{Account: email, Address: addr}, func() error {
//		user, err = accounts.Authenticate(ctx, email, password)
//		return err
//	})
//	if errors.Is(err, account.ErrThrottled) ...
type Throttle struct {
	store   ThrottleStore
	key     secret.Bytes
	policy  ThrottlePolicy
	account Limit
	address Limit
	now     func() time.Time
	slots   chan struct{}
	ledger  ledger
}

// NewThrottle returns a Throttle, or an error that names the option that is wrong.
func NewThrottle(c ThrottleConfig) (*Throttle, error) {
	switch {
	case c.Store == nil:
		return nil, errors.New("account: throttle: Store is required")
	case len(c.Key.Reveal()) < sha256.Size:
		return nil, fmt.Errorf("account: throttle: Key is required, with at least %d bytes", sha256.Size)
	}
	policy, err := c.Policy.WithDefaults()
	if err != nil {
		return nil, fmt.Errorf("account: throttle: Policy: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Throttle{
		store: c.Store, key: c.Key, policy: policy, now: c.Now,
		account: policy.limit(policy.AccountFailures), address: policy.limit(policy.AddressFailures),
		slots: make(chan struct{}, policy.Parallel),
	}, nil
}

// Attempt is somebody's attempt to prove with a password who they are.
type Attempt struct {
	// Account is the email address, as typed, of an account that may not exist.
	// Case and spaces around do not matter.
	Account string
	// UserID is used instead of Account by somebody who is signed in, and proves
	// it again. It has a count of its own: who guesses at the login keeps nobody
	// from changing the password.
	UserID string
	// Address is the client's. The zero Addr, as of a Unix socket, is counted for
	// the account alone.
	Address netip.Addr
}

// Try runs check unless too many attempts have failed before, and counts how it
// ends: nil clears the count of the account, an error that wraps
// ErrInvalidCredentials is a failure, and any other error says nothing. The right
// password waits like a wrong one, an unknown account counts like a known one.
//
// The error is that of check, or a *ThrottleError, or ErrBusy, or of the store;
// check has run in the first case only.
func (t *Throttle) Try(ctx context.Context, a Attempt, check func() error) error {
	var counts []count
	if a.UserID != "" {
		counts = append(counts, count{t.bucketKey("user", a.UserID), t.account, true})
	} else {
		counts = append(counts, count{t.bucketKey("account", foldAccount(a.Account)), t.account, true})
	}
	if a.Address.IsValid() {
		counts = append(counts, count{t.bucketKey("address", network(a.Address)), t.address, false})
	}
	return t.run(ctx, counts, check, func(err error) Verdict {
		switch {
		case err == nil:
			return Cleared
		case errors.Is(err, ErrInvalidCredentials):
			return Failed
		}
		return Undecided
	})
}

// TryRegister runs add, which makes an account, unless that address has made as
// many as AddressFailures in the window, or has asked as often whether somebody
// has one (ErrEmailTaken). Logins are counted apart. The error is as with Try.
func (t *Throttle) TryRegister(ctx context.Context, address netip.Addr, add func() error) error {
	var counts []count
	if address.IsValid() {
		counts = append(counts, count{t.bucketKey("registration", network(address)), t.address, false})
	}
	return t.run(ctx, counts, add, func(err error) Verdict {
		if err == nil || errors.Is(err, ErrEmailTaken) {
			return Failed
		}
		return Undecided
	})
}

// Prune removes counts that say nothing any more, and returns how many. Call it
// now and then; any number of nodes may do so at once.
func (t *Throttle) Prune(ctx context.Context) (int, error) {
	removed, err := t.store.DeleteBuckets(ctx, t.clock(time.Time{}))
	if err != nil {
		return removed, fmt.Errorf("prune throttles: %w", err)
	}
	return removed, nil
}

// run makes an attempt that counts in those buckets.
func (t *Throttle) run(ctx context.Context, counts []count, attempt func() error, judge func(error) Verdict) error {
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	default:
		return fmt.Errorf("%w: %d attempts are under way", ErrBusy, t.policy.Parallel)
	}
	if t.policy.InsecureUnlimited || len(counts) == 0 {
		return attempt()
	}
	reserved, err := t.reserve(ctx, counts)
	if err != nil {
		return err
	}
	verdict := Undecided // also where attempt panics
	defer func() { t.settle(ctx, reserved, verdict) }()
	err = attempt()
	verdict = judge(err)
	return err
}

// clock is the store's time, or the caller's where the store has none.
func (t *Throttle) clock(stored time.Time) time.Time {
	if stored.IsZero() {
		return t.now().UTC().Truncate(time.Millisecond)
	}
	return stored
}

// bucketKey is what the store knows a name by: 128 bits of HMAC-SHA256.
func (t *Throttle) bucketKey(kind, name string) string {
	mac := hmac.New(sha256.New, t.key.Reveal())
	mac.Write([]byte(kind + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// foldAccount brings different spellings of an account together. What is not an
// email address may be the name of an account elsewhere.
func foldAccount(name string) string {
	if email, err := NormalizeEmail(name); err == nil {
		return email
	}
	return strings.ToLower(strings.TrimSpace(name))
}

// network is what an address is counted by.
func network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	const bits = 64 // RFC 4291 section 2.5.4: the rest names an interface
	prefix, _ := address.Prefix(bits)
	return prefix.String()
}
