package account

import "time"

// Limit is how many failures a bucket takes, and what follows then.
//
// The first attempt opens a window. When as many attempts as Failures have failed
// before the window is over, the bucket is closed, for as long as a window at
// first, twice as long the next time, then four times, at most MaxPause: with the
// defaults 15 minutes, 30 minutes, 1 hour, 2, 4, 8, 16 hours, 24 hours. After a
// pause a new window takes as many attempts again. A bucket that has not been
// closed again for MaxPause after its last pause begins anew.
//
// What has failed less often than that is forgotten at the end of the window, so
// somebody patient has Failures-1 attempts in each window, for ever.
type Limit struct {
	Failures int
	Window   time.Duration
	MaxPause time.Duration
}

// Verdict is how an attempt ended.
type Verdict int

const (
	// Undecided: nothing was found out, as when the database failed. The attempt
	// is given back. It is the zero Verdict.
	Undecided Verdict = iota
	// Failed: the attempt counts.
	Failed
	// Cleared: the attempt was right, and all that came before is forgiven.
	Cleared
)

// crowded is how long an attempt has to wait that others, which have not ended
// yet, leave no room for: about as long as those may take.
const crowded = time.Second

// Reserve counts an attempt before it is made, so that of any number of them at
// the same time no more get through than may fail. It returns the bucket as it is
// then, or how long to wait, and the bucket as it was.
func (l Limit) Reserve(b Bucket, now time.Time) (Bucket, time.Duration) {
	b = l.forget(b, now)
	switch {
	case now.Before(b.ClosedUntil):
		return b, b.ClosedUntil.Sub(now)
	case b.Failures+b.Pending >= l.Failures:
		return b, crowded
	}
	if b.Since.IsZero() {
		b.Since = now
	}
	b.Pending++
	return l.dated(b), 0
}

// Settle ends an attempt that was reserved in the window that began at since. An
// attempt that outlives its window counts in the one it ends in.
func (l Limit) Settle(b Bucket, since time.Time, v Verdict, now time.Time) Bucket {
	b = l.forget(b, now)
	if b.Pending > 0 && b.Since.Equal(since) {
		b.Pending--
	}
	switch {
	case v == Cleared:
		b = Bucket{Pending: b.Pending, Since: b.Since}
	case v == Failed && !now.Before(b.ClosedUntil):
		b = l.fail(b, now)
	}
	if b.Failures+b.Pending == 0 {
		b.Since = time.Time{}
	}
	return l.dated(b)
}

func (l Limit) fail(b Bucket, now time.Time) Bucket {
	if b.Since.IsZero() {
		b.Since = now
	}
	b.Failures++
	if b.Failures < l.Failures {
		return b
	}
	return Bucket{Pauses: b.Pauses + 1, ClosedUntil: now.Add(l.pause(b.Pauses))}
}

// pause is how long the bucket is closed after that many pauses in a row.
func (l Limit) pause(before int) time.Duration {
	pause := l.Window
	for range before {
		if pause >= l.MaxPause {
			break
		}
		pause *= 2
	}
	return min(pause, l.MaxPause)
}

// forget drops what is over at that time, and what is further ahead than it can be:
// a clock that was wrong by a year would close the bucket for one. The clocks of
// nodes may differ, by a Window at most.
func (l Limit) forget(b Bucket, now time.Time) Bucket {
	if age := now.Sub(b.Since); !b.Since.IsZero() && (age >= l.Window || age < -l.Window) {
		b.Failures, b.Pending, b.Since = 0, 0, time.Time{}
	}
	if b.Pauses > 0 && (now.Sub(b.ClosedUntil) >= l.MaxPause || b.ClosedUntil.Sub(now) > l.pause(b.Pauses-1)+l.Window) {
		b.Pauses, b.ClosedUntil = 0, time.Time{}
	}
	return l.dated(b)
}

// dated sets ForgetAt.
func (l Limit) dated(b Bucket) Bucket {
	b.ForgetAt = time.Time{}
	if b.Pauses > 0 {
		b.ForgetAt = b.ClosedUntil.Add(l.MaxPause)
	}
	if !b.Since.IsZero() {
		if end := b.Since.Add(l.Window); end.After(b.ForgetAt) {
			b.ForgetAt = end
		}
	}
	return b
}
