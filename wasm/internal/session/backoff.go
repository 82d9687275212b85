package session

import "time"

const (
	firstDelay = time.Second
	lastDelay  = time.Minute
)

// backoff spaces the attempts at a refresh that keeps failing.
type backoff struct {
	failures int
	start    Instant
	delay    time.Duration // zero: none in force
	asked    bool          // the server named the delay: nothing cuts it short
	stop     func()        // stops the timer that tries again
}

// active reports whether the time to try again has not come yet.
func (b *backoff) active(now Instant) bool {
	return b.delay > 0 && now.since(b.start) < b.delay
}

// failed starts the next delay: what the server asked for, or twice the last
// one, of which up to a half is taken off at random, so that the tabs and users
// that failed together do not come back together.
func (b *backoff) failed(now Instant, retryAfter time.Duration, jitter float64) {
	b.halt()
	b.start, b.asked = now, retryAfter > 0
	if b.asked {
		b.delay = retryAfter
	} else {
		b.delay = min(firstDelay<<min(b.failures, 10), lastDelay)
		b.delay -= time.Duration(jitter * float64(b.delay) / 2)
	}
	b.failures++
}

// clear forgets all failures.
func (b *backoff) clear() {
	b.halt()
	*b = backoff{}
}

// expire ends the delay early, unless the server asked for it.
func (b *backoff) expire() {
	if !b.asked {
		b.halt()
		b.delay = 0
	}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func (b *backoff) halt() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}
