// Package cached keeps a copy of something that is kept elsewhere, and reads it
// again when somebody uses it: no goroutine, no timer, nothing to stop.
//
//	keys := cached.New(cached.Config[KeySet]{Read: fetch, Timeout: time.Second, Pause: 10 * time.Second})
//	...
//	set, err := keys.Get(ctx)  // fresh, or what could last be read
//	set, err = keys.Renew(ctx) // it lacks something: read again, if not just done
//
// Do not use it for what must never be out of date, nor for many keys: it holds
// one value.
package cached

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what is copied. Every field but Now is required.
type Config[T any] struct {
	// Read reads the original, and says for how long the copy counts as fresh.
	Read func(ctx context.Context) (T, time.Duration, error)
	// Timeout bounds one reading. It is what a request waits for a source in
	// trouble, once in a Pause.
	Timeout time.Duration
	// Pause is the least time between two readings that failed, or that Renew
	// caused: strangers can cause any number of those.
	Pause time.Duration
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Copy is safe for concurrent use. At most one reading is under way at a time.
type Copy[T any] struct {
	config  Config[T]
	reading sync.Mutex // held while the original is read
	state   atomic.Pointer[state[T]]
}

// state is the copy, and how the last reading went. It never changes.
type state[T any] struct {
	value   T
	readAt  time.Time // when value was read
	fresh   time.Duration
	triedAt time.Time // when a reading last ended
	err     error     // how it went
	empty   bool      // no reading has succeeded yet
}

// New makes a copy that nothing has been read into yet.
func New[T any](config Config[T]) *Copy[T] {
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &Copy[T]{config: config}
	c.state.Store(&state[T]{empty: true})
	return c
}

// Get returns the copy. The first who finds it stale reads the original and
// waits for that; all others go on with what there is. Where the original cannot
// be read, the old copy serves for as long as that lasts; an error means that it
// could never be read.
func (c *Copy[T]) Get(ctx context.Context) (T, error) {
	s := c.state.Load()
	if s.empty {
		return c.Renew(ctx)
	}
	if c.fresh(s) || (s.err != nil && c.tried(s)) || !c.reading.TryLock() {
		return s.value, nil
	}
	defer c.reading.Unlock()
	if s = c.state.Load(); !c.fresh(s) {
		s = c.read(ctx)
	}
	return s.value, nil
}

// Renew reads the original for something that the copy lacks, or returns how the
// last reading went where that was less than a Pause ago. A failure counts as
// long: what is lacking is still not known, and a source in trouble has the same
// peace as a sound one.
func (c *Copy[T]) Renew(ctx context.Context) (T, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	s := c.state.Load()
	if !c.tried(s) {
		s = c.read(ctx)
	}
	return s.value, s.err
}

// Reload reads the original now.
func (c *Copy[T]) Reload(ctx context.Context) (T, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	s := c.read(ctx)
	return s.value, s.err
}

// read is called with the lock held. A client that goes away does not end it:
// others wait for the same reading, and it is bounded anyway.
func (c *Copy[T]) read(ctx context.Context) *state[T] {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.Timeout)
	defer cancel()
	value, fresh, err := c.config.Read(ctx)
	next := *c.state.Load()
	next.triedAt, next.err = c.config.Now(), err
	if err == nil {
		next.value, next.fresh, next.readAt, next.empty = value, fresh, next.triedAt, false
	}
	c.state.Store(&next)
	return &next
}

func (c *Copy[T]) fresh(s *state[T]) bool { return c.within(s.readAt, s.fresh) }
func (c *Copy[T]) tried(s *state[T]) bool { return c.within(s.triedAt, c.config.Pause) }

// within tells whether since was less than d ago. A time ahead of us, because a
// clock was set back, is not: it might be for years.
func (c *Copy[T]) within(since time.Time, d time.Duration) bool {
	age := c.config.Now().Sub(since)
	return age >= 0 && age < d
}
