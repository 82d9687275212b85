package rotation

import (
	"fmt"
	"time"
)

// Policy holds the times and numbers that decisions depend on. The zero value of
// each field stands for the default named there; negative values are errors.
type Policy struct {
	// Grace is how long a replaced token is answered with its successor without
	// further question: parallel requests, other tabs. Default: 30 s.
	Grace time.Duration
	// Recovery is for how long that is so when the successor was never seen
	// used, because its answer was lost. Default: 10 min.
	Recovery time.Duration
	// ProvenRecovery takes the place of Recovery where the access token sent
	// along shows that the client had the replaced generation. Default: 24 h.
	ProvenRecovery time.Duration
	// MaxReplays is how often one replaced token is answered. Default: 200.
	MaxReplays int
	// IdleTTL is how long a session lives without a refresh. Default: 30 days.
	IdleTTL time.Duration
	// AbsoluteTTL is how long a session lives at all. Default: 90 days.
	AbsoluteTTL time.Duration
	// Binding is which sessions are bound to a key of the client. Default: BindNone.
	Binding Binding
	// RestoredAt is when the database was restored from a backup, or a standby took
	// over that lacked the last writes. A session that has not been refreshed since
	// goes on from the first newer token that comes, see Decide. Default: tokens newer
	// than the store are refused, as they are until that time.
	RestoredAt time.Time
}

// Binding says which sessions are bound to a key of the client: from then on, only
// who proves to hold it can refresh. Whatever the Binding, a session that is bound
// stays so, to its end.
type Binding int

const (
	BindNone    Binding = iota // none is bound; proofs count for those that are
	BindOffered                // where a proof comes, at the sign-in or with a refresh later
	BindAlways                 // each; no refresh without a proof
)

const day = 24 * time.Hour

// WithDefaults fills in what is zero. The error wraps ErrConfig and names the
// field that is negative.
func (p Policy) WithDefaults() (Policy, error) {
	for _, field := range []struct {
		name     string
		value    *time.Duration
		fallback time.Duration
	}{
		{"Grace", &p.Grace, 30 * time.Second},
		{"Recovery", &p.Recovery, 10 * time.Minute},
		{"ProvenRecovery", &p.ProvenRecovery, day},
		{"IdleTTL", &p.IdleTTL, 30 * day},
		{"AbsoluteTTL", &p.AbsoluteTTL, 90 * day},
	} {
		if *field.value < 0 {
			return Policy{}, fmt.Errorf("%w: %s is negative", ErrConfig, field.name)
		}
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
	if p.MaxReplays < 0 {
		return Policy{}, fmt.Errorf("%w: MaxReplays is negative", ErrConfig)
	}
	if p.MaxReplays == 0 {
		p.MaxReplays = 200
	}
	if p.Binding < BindNone || p.Binding > BindAlways {
		return Policy{}, fmt.Errorf("%w: Binding is %d", ErrConfig, p.Binding)
	}
	return p, nil
}

// binds is the key to which a session is bound by a rotation; empty: to none, or it
// is bound.
func (p Policy) binds(rec Record, presented Presented) string {
	if p.Binding == BindNone || rec.KeyThumbprint != "" {
		return ""
	}
	return presented.KeyThumbprint
}

// forwards tells whether the session is as it was restored. That now comes after the
// restore keeps a session from going forward twice, even where clocks differ.
func (p Policy) forwards(rec Record, now time.Time) bool {
	return rec.RotatedAt.Before(p.RestoredAt) && rec.CreatedAt.Before(p.RestoredAt) && !now.Before(p.RestoredAt)
}

// idleEnd is when a session expires that is used now.
func (p Policy) idleEnd(now, absolute time.Time) time.Time {
	if end := now.Add(p.IdleTTL); end.Before(absolute) {
		return end
	}
	return absolute
}
