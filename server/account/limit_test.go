package account_test

import (
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

var (
	limit = account.Limit{Failures: 3, Window: 15 * time.Minute, MaxPause: 24 * time.Hour}
	noon  = time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
)

// counter makes attempts on one bucket.
type counter struct {
	t *testing.T
	account.Bucket
	now time.Time
}

// attempt reserves one and ends it at once.
func (c *counter) attempt(v account.Verdict) {
	c.t.Helper()
	since := c.reserve()
	c.Bucket = limit.Settle(c.Bucket, since, v, c.now)
}

// reserve begins one, which has to be let through, and returns its window.
func (c *counter) reserve() time.Time {
	c.t.Helper()
	after, wait := limit.Reserve(c.Bucket, c.now)
	if wait != 0 {
		c.t.Fatalf("after %v: wait %v, want none: %+v", c.now.Sub(noon), wait, c.Bucket)
	}
	c.Bucket = after
	return after.Since
}

// close fails as often as it takes.
func (c *counter) close() {
	c.t.Helper()
	for range limit.Failures {
		c.attempt(account.Failed)
	}
}

// wants checks how long the next attempt has to wait.
func (c *counter) wants(wait time.Duration) {
	c.t.Helper()
	before := c.Bucket
	after, got := limit.Reserve(c.Bucket, c.now)
	if got != wait {
		c.t.Fatalf("after %v: wait %v, want %v: %+v", c.now.Sub(noon), got, wait, c.Bucket)
	}
	if got > 0 && after != before {
		c.t.Errorf("an attempt that is refused changes the bucket from %+v to %+v", before, after)
	}
}

func (c *counter) pass(d time.Duration) { c.now = c.now.Add(d) }

func TestLimit(t *testing.T) {
	const instant = time.Millisecond
	for _, row := range []struct {
		name string
		run  func(c *counter)
	}{
		{"one less than the limit", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.wants(0)
		}},
		{"the limit closes, and the wait is exact", func(c *counter) {
			c.close()
			c.wants(15 * time.Minute)
			c.pass(15*time.Minute - instant)
			c.wants(instant)
			c.pass(instant)
			c.wants(0)
		}},
		{"the window begins with the first failure", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.pass(15*time.Minute - instant)
			c.attempt(account.Failed)
			c.wants(15 * time.Minute)
		}},
		{"the end of the window forgets", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.pass(15 * time.Minute)
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.wants(0)
		}},
		{"pauses double up to the longest", func(c *counter) {
			for _, pause := range []time.Duration{
				15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
				16 * time.Hour, 24 * time.Hour, 24 * time.Hour,
			} {
				c.close()
				c.wants(pause)
				c.pass(pause)
			}
		}},
		{"after a pause as many attempts again", func(c *counter) {
			c.close()
			c.pass(15 * time.Minute)
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.wants(0)
			c.attempt(account.Failed)
			c.wants(30 * time.Minute)
		}},
		{"a day without another pause begins anew", func(c *counter) {
			c.close()
			c.pass(15*time.Minute + 24*time.Hour)
			c.close()
			c.wants(15 * time.Minute)
		}},
		{"a moment less than a day does not", func(c *counter) {
			c.close()
			c.pass(15*time.Minute + 24*time.Hour - instant)
			c.close()
			c.wants(30 * time.Minute)
		}},
		{"success forgives failures", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.attempt(account.Cleared)
			if c.Bucket != (account.Bucket{}) {
				c.t.Errorf("left behind: %+v", c.Bucket)
			}
		}},
		{"success forgives pauses", func(c *counter) {
			c.close()
			c.pass(15 * time.Minute)
			c.attempt(account.Cleared)
			c.close()
			c.wants(15 * time.Minute)
		}},
		{"what was not decided is given back", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			for range 5 {
				c.attempt(account.Undecided)
			}
			c.attempt(account.Failed)
			c.wants(15 * time.Minute)
		}},
		{"nothing is left of what was not decided", func(c *counter) {
			c.attempt(account.Undecided)
			if c.Bucket != (account.Bucket{}) {
				c.t.Errorf("left behind: %+v", c.Bucket)
			}
		}},
		{"attempts under way leave no room, for a moment", func(c *counter) {
			c.attempt(account.Failed)
			c.reserve()
			since := c.reserve()
			c.wants(time.Second)
			c.Bucket = limit.Settle(c.Bucket, since, account.Undecided, c.now)
			c.wants(0)
		}},
		{"attempts that were under way all fail", func(c *counter) {
			since := c.reserve()
			c.reserve()
			c.reserve()
			for range 3 {
				c.Bucket = limit.Settle(c.Bucket, since, account.Failed, c.now)
			}
			c.wants(15 * time.Minute)
		}},
		{"success leaves others under way counted", func(c *counter) {
			c.attempt(account.Failed)
			c.reserve()
			since := c.reserve()
			c.Bucket = limit.Settle(c.Bucket, since, account.Cleared, c.now)
			c.reserve()
			c.reserve()
			c.wants(time.Second)
		}},
		{"what never ended is forgotten with the window", func(c *counter) {
			c.reserve()
			c.reserve()
			c.reserve()
			c.pass(15 * time.Minute)
			c.wants(0)
		}},
		{"a failure after its window counts in the next one", func(c *counter) {
			since := c.reserve()
			c.pass(15 * time.Minute)
			c.reserve()
			c.Bucket = limit.Settle(c.Bucket, since, account.Failed, c.now)
			c.reserve()
			c.wants(time.Second)
		}},
		{"failures in a pause do not make it longer", func(c *counter) {
			since := c.now
			c.close()
			c.pass(time.Minute)
			for range limit.Failures {
				c.Bucket = limit.Settle(c.Bucket, since, account.Failed, c.now)
			}
			c.wants(14 * time.Minute)
		}},
		{"a clock set back by no more than a window", func(c *counter) {
			c.attempt(account.Failed)
			c.pass(-15 * time.Minute)
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.pass(-15 * time.Minute)
			c.wants(30 * time.Minute)
		}},
		{"a clock set back by more: the failures are dropped", func(c *counter) {
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.pass(-15*time.Minute - instant)
			c.attempt(account.Failed)
			c.attempt(account.Failed)
			c.wants(0)
		}},
		{"a clock set back by more: the pause is over", func(c *counter) {
			c.close()
			c.pass(-15*time.Minute - instant)
			c.close()
			c.wants(15 * time.Minute)
		}},
		{"a clock set back in the second pause, which is longer", func(c *counter) {
			c.close()
			c.pass(15 * time.Minute)
			c.close()
			c.pass(-15 * time.Minute)
			c.wants(45 * time.Minute)
			c.pass(-instant)
			c.wants(0)
		}},
	} {
		t.Run(row.name, func(t *testing.T) { row.run(&counter{t: t, now: noon}) })
	}
}

// A store may remove a bucket at that time: nothing comes out differently then.
func TestForgetAt(t *testing.T) {
	for _, row := range []struct {
		name string
		run  func(c *counter)
		want time.Duration // after noon
	}{
		{"a failure", func(c *counter) { c.attempt(account.Failed) }, 15 * time.Minute},
		{"an attempt under way", func(c *counter) { c.reserve() }, 15 * time.Minute},
		{"a pause", func(c *counter) { c.close() }, 24*time.Hour + 15*time.Minute},
		{"a failure long after a pause", func(c *counter) {
			c.close()
			c.pass(24*time.Hour + 14*time.Minute)
			c.attempt(account.Failed)
		}, 24*time.Hour + 29*time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &counter{t: t, now: noon}
			row.run(c)
			if got := c.ForgetAt.Sub(noon); got != row.want {
				t.Fatalf("to be forgotten after %v, want %v", got, row.want)
			}
			kept, _ := limit.Reserve(c.Bucket, c.ForgetAt)
			removed, _ := limit.Reserve(account.Bucket{}, c.ForgetAt)
			if kept != removed {
				t.Errorf("kept: %+v, removed: %+v", kept, removed)
			}
		})
	}
}
