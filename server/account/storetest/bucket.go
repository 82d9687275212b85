package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

// full is a bucket in which no field is zero.
func full() account.Bucket {
	return account.Bucket{
		Failures: 9, Pending: 3, Since: start, Pauses: 2,
		ClosedUntil: start.Add(time.Millisecond), ForgetAt: start.Add(time.Hour),
	}
}

// put replaces what is stored.
func (s *suite) put(t *testing.T, buckets map[string]account.Bucket) {
	t.Helper()
	for key, bucket := range buckets {
		must(t, "write bucket "+key, s.ChangeBuckets(t.Context(), []string{key}, func(_ time.Time, b []account.Bucket) error {
			b[0] = bucket
			return nil
		}))
	}
}

func (s *suite) wantBuckets(t *testing.T, want map[string]account.Bucket) {
	t.Helper()
	var keys []string
	for key := range want {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	slices.Reverse(keys) // Buckets wants no order
	got, _, err := s.Buckets(t.Context(), keys)
	must(t, "read buckets", err)
	if len(got) != len(keys) {
		t.Fatalf("%d buckets for %d keys", len(got), len(keys))
	}
	for i, key := range keys {
		if got[i] != want[key] {
			t.Errorf("bucket %s is %+v, want %+v", key, got[i], want[key])
		}
	}
}

func unknownBucket(t *testing.T, s *suite) {
	s.put(t, map[string]account.Bucket{"a": full()})
	s.wantBuckets(t, map[string]account.Bucket{"A": {}, "a ": {}, "": {}, "%": {}, "a' OR '1'='1": {}})
	if got, _, err := s.Buckets(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no keys: %d buckets, error %v", len(got), err)
	}
}

func readBucket(t *testing.T, s *suite) {
	pending := account.Bucket{Pending: 1, Since: start, ForgetAt: start.Add(time.Minute)}
	for range 2 { // written anew, and written over
		s.put(t, map[string]account.Bucket{"a": full(), "b": pending})
		s.wantBuckets(t, map[string]account.Bucket{"a": full(), "b": pending, "c": {}})
		s.put(t, map[string]account.Bucket{"a": pending, "b": full()})
		s.wantBuckets(t, map[string]account.Bucket{"a": pending, "b": full()})
	}
	must(t, "change", s.ChangeBuckets(t.Context(), []string{"a", "b", "c"}, func(_ time.Time, b []account.Bucket) error {
		if b[0] != pending || b[1] != full() || b[2] != (account.Bucket{}) {
			t.Errorf("to be changed are %+v", b)
		}
		return nil
	}))
}

func failedChange(t *testing.T, s *suite) {
	s.put(t, map[string]account.Bucket{"a": full()})
	refusal := errors.New("refused")
	err := s.ChangeBuckets(t.Context(), []string{"a", "b"}, func(_ time.Time, b []account.Bucket) error {
		b[0], b[1] = account.Bucket{}, full()
		return refusal
	})
	if err != refusal {
		t.Errorf("error %v, want that of the change as it is", err)
	}
	s.wantBuckets(t, map[string]account.Bucket{"a": full(), "b": {}})
}

func zeroBucket(t *testing.T, s *suite) {
	s.put(t, map[string]account.Bucket{"a": full(), "b": full()})
	s.put(t, map[string]account.Bucket{"a": {}, "never there": {}})
	s.wantBuckets(t, map[string]account.Bucket{"a": {}, "b": full()})
	if deleted, err := s.DeleteBuckets(t.Context(), start.Add(time.Hour)); err != nil || deleted != 1 {
		t.Errorf("%d rows were left, error %v, want one", deleted, err)
	}
}

func parallelBuckets(t *testing.T, s *suite) {
	const changes, own = 64, 8
	counting := func(n int) account.Bucket {
		return account.Bucket{Failures: n, ForgetAt: start.Add(time.Hour)}
	}
	for _, err := range s.parallel(t, changes, func(i int, store Store) error {
		keys := []string{"common", fmt.Sprint("own ", i%own)}
		return store.ChangeBuckets(t.Context(), keys, func(_ time.Time, b []account.Bucket) error {
			b[0], b[1] = counting(b[0].Failures+1), counting(b[1].Failures+1)
			return nil
		})
	}) {
		must(t, "change", err)
	}
	want := map[string]account.Bucket{"common": counting(changes)}
	for i := range own {
		want[fmt.Sprint("own ", i)] = counting(changes / own)
	}
	s.wantBuckets(t, want)
}

func parallelAttempts(t *testing.T, s *suite) {
	limit := account.Limit{Failures: 10, Window: time.Hour, MaxPause: 24 * time.Hour}
	var let atomic.Int64
	for _, err := range s.parallel(t, 64, func(_ int, store Store) error {
		var wait time.Duration
		err := store.ChangeBuckets(t.Context(), []string{"a"}, func(_ time.Time, b []account.Bucket) error {
			b[0], wait = limit.Reserve(b[0], start)
			return nil
		})
		if err == nil && wait == 0 {
			let.Add(1)
		}
		return err
	}) {
		must(t, "reserve", err)
	}
	if let.Load() != 10 {
		t.Errorf("%d attempts were let through, want 10", let.Load())
	}
}

func deleteBuckets(t *testing.T, s *suite) {
	const many = 2500 // more than a step takes
	keys := make([]string, many)
	for i := range keys {
		keys[i] = fmt.Sprintf("old %04d", i)
	}
	must(t, "fill", s.ChangeBuckets(t.Context(), keys, func(_ time.Time, b []account.Bucket) error {
		for i := range b {
			b[i] = full()
		}
		return nil
	}))
	young := full()
	young.ForgetAt = start.Add(time.Hour + time.Millisecond)
	s.put(t, map[string]account.Bucket{"young": young})
	for _, row := range []struct {
		by   time.Time
		want int
	}{{start.Add(time.Hour - time.Millisecond), 0}, {start.Add(time.Hour), many}, {start.Add(time.Hour), 0}} {
		if deleted, err := s.DeleteBuckets(t.Context(), row.by); err != nil || deleted != row.want {
			t.Errorf("by %v: deleted %d, error %v, want %d", row.by, deleted, err, row.want)
		}
	}
	s.wantBuckets(t, map[string]account.Bucket{"young": young, keys[0]: {}, keys[many-1]: {}})
}
