package session

import "time"

// Clock tells the time in two ways, because neither is right alone: the wall
// clock may be wrong or be set while the page runs, and the monotonic clock may
// stand still while the machine sleeps.
type Clock interface {
	Now() Instant
	// AfterFunc runs f once, d from now, unless stop is called before.
	AfterFunc(d Span, f func()) (stop func())
}

// Instant is one moment on both clocks.
type Instant struct {
	Monotonic Span // since any fixed start
	Wall      Wall
}

// Wall is a moment on the wall clock: the time since 1970 in UTC, zero where no
// moment is known. It stands for a time.Time, whose formatting alone would add
// two hundredths to the module.
type Wall time.Duration

// Span is a length of time. It stands for a time.Duration where an interface
// could hold it: that one brings its formatting along, half a hundredth.
type Span time.Duration

func (w Wall) add(d time.Duration) Wall { return w + Wall(d) }

func (w Wall) since(v Wall) time.Duration { return time.Duration(w - v) }

// since is how much time has passed from start to i. The clock that saw more
// pass is believed: taking a live token for dead costs one refresh, taking a
// dead one for live costs a failed call.
func (i Instant) since(start Instant) time.Duration {
	return max(time.Duration(i.Monotonic-start.Monotonic), i.Wall.since(start.Wall))
}
