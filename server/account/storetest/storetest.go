// Package storetest checks that a store of users and of failed attempts keeps the
// contracts of account.Store and account.ThrottleStore. Every store runs the same
// suite, so that an account behaves the same on each of them.
//
//	func TestAccounts(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Connect {
//			path := filepath.Join(t.TempDir(), "test.db")
//			return func(t *testing.T) storetest.Store {
//				store, err := sqlitestore.Open(t.Context(), path)
//				...
//				return store
//			}
//		})
//	}
//
// It uses real time only as a label: it never waits for a time to come.
package storetest

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
)

// Store is the store to test. It keeps sessions too, which some changes of a user
// end. Close makes every later call fail; the suite calls it, also more than once.
type Store interface {
	account.Store
	account.ThrottleStore
	rotation.Store
	io.Closer
}

// Connect opens one database once more, as another process would.
type Connect func(t *testing.T) Store

// Run runs the suite. It calls open for each test, to have a new and empty
// database.
func Run(t *testing.T, open func(t *testing.T) Connect) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"a user is read as it was created", readUser},
		{"an unknown user is not found", unknownUser},
		{"users are listed by email address", listUsers},
		{"of users with one email address one is created", parallelUsers},
		{"a password is set where the old one is right", setPassword},
		{"of parallel changes of a password one succeeds", parallelPasswords},
		{"what ends sessions", endSessions},
		{"disabling again and enabling", disableAgain},

		{"an unknown bucket is zero", unknownBucket},
		{"a bucket is read as it was written", readBucket},
		{"a change that fails changes nothing", failedChange},
		{"a bucket that becomes zero is removed", zeroBucket},
		{"parallel changes are all counted", parallelBuckets},
		{"parallel attempts stay within the limit", parallelAttempts},
		{"buckets are deleted when they are due", deleteBuckets},

		{"a canceled context changes nothing", canceled},
		{"a closed store is unavailable", closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &suite{connect: open(t)}
			s.Store = s.again(t)
			test.run(t, s)
		})
	}
}

// suite is what a test works with: a database and a first connection to it.
type suite struct {
	connect Connect
	Store
}

// again opens the database until the test ends.
func (s *suite) again(t *testing.T) Store {
	t.Helper()
	store := s.connect(t)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// parallel runs f n times at once, each with one of two connections in turn, and
// returns the errors.
func (s *suite) parallel(t *testing.T, n int, f func(i int, store Store) error) []error {
	t.Helper()
	stores := []Store{s.Store, s.again(t)}
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait() // so that all of them begin together
			errs[i] = f(i, stores[i%len(stores)])
		})
	}
	done.Wait()
	return errs
}

// start is a time as every store keeps it.
var start = time.Date(2026, time.January, 2, 3, 4, 5, 678_000_000, time.UTC)

func wantError(t *testing.T, doing string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", doing, err, want)
	}
}

func must(t *testing.T, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}
