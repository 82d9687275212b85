//go:build js && wasm

package browser

import (
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Clock is the page's two clocks, performance.now and Date.now, and its timers.
type Clock struct{ realm *Realm }

var _ session.Clock = Clock{}

// Clock returns the page's clocks.
func (r *Realm) Clock() Clock { return Clock{r} }

// Now reads both clocks.
func (c Clock) Now() session.Instant {
	return session.Instant{
		Monotonic: session.Span(c.realm.milliseconds(performanceNow)),
		Wall:      session.Wall(c.realm.milliseconds(dateNow)),
	}
}

func (r *Realm) milliseconds(clock native) time.Duration {
	v, err := r.call(clock)
	if err != nil {
		return 0
	}
	ms, _ := Number(v)
	return time.Duration(ms * float64(time.Millisecond))
}

// AfterFunc is setTimeout.
func (c Clock) AfterFunc(d session.Span, f func()) (stop func()) {
	// A longer delay than this overflows in the page, which then does not wait at all.
	const longest = (1<<31 - 1) * time.Millisecond
	var callback Callback
	over := false
	end := func() {
		if !over {
			over = true
			callback.Release()
		}
	}
	callback, err := NewCallback(func([]safejs.Value) any {
		end()
		go f()
		return nil
	})
	if err != nil {
		return func() {}
	}
	timer, err := c.realm.call(setTimeout, callback.Value(), min(time.Duration(d), longest).Milliseconds())
	if err != nil {
		end()
		return func() {}
	}
	return func() {
		if !over {
			_, _ = c.realm.call(clearTimeout, timer)
			end()
		}
	}
}

// Random returns a number in [0, 1), good enough to spread retries.
func (r *Realm) Random() float64 {
	v, err := r.call(random)
	if err != nil {
		return 0
	}
	f, _ := Number(v)
	return f
}

// Debug writes a line to the console that browsers hide by default.
func (r *Realm) Debug(text string) { _, _ = r.call(debug, "authFetch: "+text) }

// Warn writes a warning to the console.
func (r *Realm) Warn(text string) { _, _ = r.call(warn, "authFetch: "+text) }
