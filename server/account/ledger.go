package account

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// count is a bucket that an attempt counts in.
type count struct {
	key    string
	limit  Limit
	clears bool // whether success forgives the failures before
}

// reservation is an attempt that has been counted and has not ended.
type reservation struct {
	count
	since time.Time // the window it was counted in
	clean bool      // there was nothing to forgive
}

// settlement is the end of an attempt.
type settlement struct {
	reservation
	verdict Verdict
}

// ledger holds ends of attempts that are in no hurry: they are written together
// with the next attempt. So a login that succeeds costs one write, before the
// password is checked, and one that the database failed needs none.
//
// What a process takes with it when it dies without a Flush counts as pending, in one bucket
// once, until the window is over.
type ledger struct {
	mu    sync.Mutex
	later []settlement
}

// maxLater bounds the ledger where nothing can be written for long. The oldest
// are forgotten first; their windows end first.
const maxLater = 256

func (l *ledger) add(s ...settlement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.later = append(l.later, s...)
	if over := len(l.later) - maxLater; over > 0 {
		l.later = slices.Delete(l.later, 0, over)
	}
}

func (l *ledger) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.later) == 0
}

// take empties the ledger.
func (l *ledger) take() []settlement {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.later
	l.later = nil
	return taken
}

// reserve counts the attempt in all of its buckets, or in none.
func (t *Throttle) reserve(ctx context.Context, counts []count) ([]reservation, error) {
	if err := t.look(ctx, counts); err != nil {
		return nil, err
	}
	var reserved []reservation
	err := t.change(ctx, counts, nil, func(now time.Time, at func(key string) *Bucket) error {
		reserved = reserved[:0]
		for _, c := range counts {
			before := at(c.key)
			after, wait := c.limit.Reserve(*before, now)
			if wait > 0 {
				return &ThrottleError{RetryAfter: wait}
			}
			reserved = append(reserved, reservation{c, after.Since, after.Failures == 0 && after.Pauses == 0})
			*before = after
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reserved, nil
}

// look refuses without a write where a bucket is closed: most of an attack ends
// here, and does not get in the way of those who write.
func (t *Throttle) look(ctx context.Context, counts []count) error {
	keys := make([]string, len(counts))
	for i, c := range counts {
		keys[i] = c.key
	}
	buckets, now, err := t.store.Buckets(ctx, keys)
	if err != nil {
		return fmt.Errorf("look for failed attempts: %w", err)
	}
	now = t.clock(now)
	for i, c := range counts {
		if closed := c.limit.forget(buckets[i], now).ClosedUntil; now.Before(closed) {
			return &ThrottleError{RetryAfter: closed.Sub(now)}
		}
	}
	return nil
}

// settleTimeout is what a request may wait for its failure to be written. Until it
// is, it counts as pending.
const settleTimeout = 2 * time.Second

// settle ends an attempt. A failure is written at once, and so is a success that
// forgives something, whoever waits for it or does not any more.
func (t *Throttle) settle(ctx context.Context, reserved []reservation, v Verdict) {
	settled := make([]settlement, len(reserved))
	urgent := v == Failed
	for i, r := range reserved {
		settled[i] = settlement{r, v}
		if v == Cleared && !r.clears {
			settled[i].verdict = Undecided
		}
		urgent = urgent || v == Cleared && r.clears && !r.clean
	}
	if !urgent {
		t.ledger.add(settled...)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := t.change(ctx, nil, settled, nothing); err != nil {
		t.ledger.add(settled...)
	}
}

// Flush writes the ends of attempts that are in no hurry. Call it before the
// process ends: what it takes with it counts as pending until the window is over.
func (t *Throttle) Flush(ctx context.Context) error {
	if t.ledger.empty() {
		return nil
	}
	return t.change(ctx, nil, nil, nothing)
}

// nothing is no change of one's own.
func nothing(time.Time, func(key string) *Bucket) error { return nil }

// change writes what is in the ledger, settles, and then makes a change of its own,
// in one step.
func (t *Throttle) change(ctx context.Context, counts []count, settled []settlement,
	own func(now time.Time, at func(key string) *Bucket) error,
) error {
	later := t.ledger.take()
	settled = slices.Concat(later, settled)
	var keys []string
	for _, c := range counts {
		keys = append(keys, c.key)
	}
	for _, s := range settled {
		keys = append(keys, s.key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	err := t.store.ChangeBuckets(ctx, keys, func(now time.Time, buckets []Bucket) error {
		now = t.clock(now)
		at := func(key string) *Bucket {
			i, _ := slices.BinarySearch(keys, key)
			return &buckets[i]
		}
		for _, s := range settled {
			b := at(s.key)
			*b = s.limit.Settle(*b, s.since, s.verdict, now)
		}
		return own(now, at)
	})
	if err != nil {
		t.ledger.add(later...)
		return fmt.Errorf("count an attempt: %w", err)
	}
	return nil
}
