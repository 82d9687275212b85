package cached_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/internal/cached"
)

var errAway = errors.New("away")

// source is what is copied: a number that grows with every reading.
type source struct {
	reads int
	err   error
	delay time.Duration
}

func (s *source) read(ctx context.Context) (int, time.Duration, error) {
	s.reads++
	if s.delay > 0 {
		select {
		case <-time.After(s.delay):
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
	}
	return s.reads, time.Minute, s.err
}

func (s *source) copy() *cached.Copy[int] {
	return cached.New(cached.Config[int]{Read: s.read, Timeout: 2 * time.Second, Pause: 10 * time.Second})
}

func TestCopy(t *testing.T) {
	// Each step happens after the time that it names.
	type step struct {
		after time.Duration
		err   error // of the source from now on
		renew bool
		want  int
		fails bool
	}
	for _, test := range []struct {
		name  string
		steps []step
	}{
		{"read once while it is fresh", []step{{want: 1}, {after: 59 * time.Second, want: 1}, {after: time.Second, want: 2}}},
		{"the old copy serves while the source is away", []step{
			{want: 1}, {after: time.Minute, err: errAway, want: 1}, {after: time.Hour, err: errAway, want: 1}, {after: 10 * time.Second, want: 4},
		}},
		{"no second try within the pause", []step{
			{want: 1}, {after: time.Minute, err: errAway, want: 1}, {after: 9 * time.Second, want: 1}, {after: time.Second, want: 3},
		}},
		{"renewed at most once a pause", []step{
			{want: 1}, {after: 9 * time.Second, renew: true, want: 1}, {after: time.Second, renew: true, want: 2}, {renew: true, want: 2},
		}},
		{"renewing says how the last reading went", []step{
			{want: 1},
			{after: 10 * time.Second, err: errAway, renew: true, want: 1, fails: true},
			{after: 9 * time.Second, renew: true, want: 1, fails: true},
			{want: 1},
			{after: time.Second, renew: true, want: 3},
		}},
		{"never read", []step{{err: errAway, fails: true}, {after: 9 * time.Second, fails: true}, {after: time.Second, want: 2}}},
		{"clock set back", []step{{want: 1}, {after: -time.Hour, want: 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := time.Unix(1_000_000, 0)
			s := &source{}
			c := cached.New(cached.Config[int]{
				Read: s.read, Timeout: time.Second, Pause: 10 * time.Second, Now: func() time.Time { return now },
			})
			for i, step := range test.steps {
				now, s.err = now.Add(step.after), step.err
				get := c.Get
				if step.renew {
					get = c.Renew
				}
				if got, err := get(t.Context()); got != step.want || (err != nil) != step.fails {
					t.Errorf("step %d: %d (%v), want %d", i, got, err, step.want)
				}
			}
		})
	}
}

// One reads, and the others do not wait for it.
func TestOneReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := s.copy()
		if _, err := c.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		s.delay = time.Second
		begin := time.Now()
		var done sync.WaitGroup
		slow := make(chan time.Duration, 20)
		for range 20 {
			done.Go(func() {
				if _, err := c.Get(t.Context()); err != nil {
					t.Error(err)
				}
				if took := time.Since(begin); took > 0 {
					slow <- took
				}
			})
		}
		done.Wait()
		if s.reads != 2 || len(slow) != 1 || <-slow != time.Second {
			t.Errorf("%d readings, want 2, and one call that waited a second for it", s.reads)
		}
	})
}

// A source that hangs costs one call the timeout, and a client that leaves does
// not spoil the reading for the others.
func TestTimeoutAndLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{delay: time.Hour}
		c := s.copy()
		begin := time.Now()
		if _, err := c.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 2*time.Second {
			t.Errorf("after %v: %v, want the timeout", time.Since(begin), err)
		}
		s.delay = time.Second
		gone, leave := context.WithCancel(t.Context())
		leave()
		if got, err := c.Reload(gone); err != nil || got != 2 {
			t.Errorf("%d, %v", got, err)
		}
	})
}
