package account

import (
	"context"
	"time"
)

// Bucket counts the failures of one account or of one address. The zero Bucket
// has seen none, and is what a store has for a key that it does not know.
type Bucket struct {
	// Failures are those of the present window.
	Failures int
	// Pending are attempts of the present window that have begun and not ended.
	// They count as failures until it is known what they are.
	Pending int
	// Since is when the window began. Zero: there is none, nothing is counted.
	Since time.Time
	// Pauses says how often in a row the limit was reached.
	Pauses int
	// ClosedUntil is the end of the last pause. Zero: there was none.
	ClosedUntil time.Time
	// ForgetAt is when the bucket says no more than the zero Bucket would.
	ForgetAt time.Time
}

// ThrottleStore keeps buckets. It is safe for concurrent use, also by several
// processes on one database; package storetest checks it.
//
// Times come back to the millisecond and in UTC. Errors wrap
// rotation.ErrUnavailable, and those of a context that is done its cause too.
type ThrottleStore interface {
	// Buckets reads the buckets with those keys, in their order, and the time by
	// the store's own clock: zero where it has none, and the caller's decides.
	Buckets(ctx context.Context, keys []string) ([]Bucket, time.Time, error)

	// ChangeBuckets reads as Buckets does, has change alter what it is given, and
	// writes that, all in one atomic step: no other change comes between. A bucket
	// that becomes zero is removed. If change returns an error, nothing is written,
	// and that error is returned as it is. The keys differ from each other and are
	// sorted, so that a store that locks them one by one does not deadlock. change
	// touches nothing but the buckets: it may be called more than once, and the
	// last call counts.
	ChangeBuckets(ctx context.Context, keys []string, change func(now time.Time, buckets []Bucket) error) error

	// DeleteBuckets removes the buckets whose ForgetAt is not after that time, and
	// returns how many those were. It may do so in several steps.
	DeleteBuckets(ctx context.Context, forgottenBy time.Time) (int, error)
}
