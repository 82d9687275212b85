package sessiontest

import (
	"sync"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Clock is a page's pair of clocks. In a bubble of testing/synctest they run on
// virtual time; each can be put wrong. It implements [session.Clock].
type Clock struct {
	mu    sync.Mutex
	start time.Time
	wall  time.Duration // how much the wall clock is ahead of true time
	slept time.Duration // how much the monotonic clock is behind it
}

var _ session.Clock = (*Clock)(nil)

// NewClock returns clocks that are right.
func NewClock() *Clock { return &Clock{start: time.Now()} }

// Now tells both times.
func (c *Clock) Now() session.Instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return session.Instant{Monotonic: session.Span(now.Sub(c.start) - c.slept), Wall: Wall(now.Add(c.wall))}
}

// Elapse lets d pass in the bubble, and whatever was due by then happen.
func Elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Wall is t as the session counts it.
func Wall(t time.Time) session.Wall { return session.Wall(t.UnixNano()) }

// AfterFunc runs f after d of true time.
func (c *Clock) AfterFunc(d session.Span, f func()) (stop func()) {
	t := time.AfterFunc(time.Duration(d), f)
	return func() { t.Stop() }
}

// SetWall puts the wall clock wrong by d.
func (c *Clock) SetWall(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = d
}

// Suspend makes the monotonic clock miss d, as a machine that sleeps does.
func (c *Clock) Suspend(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
}
