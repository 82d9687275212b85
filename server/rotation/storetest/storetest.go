// Package storetest checks that a rotation.Store keeps its contract. Every store
// runs the same suite, so that a session behaves the same on each of them.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Database {
//			path := filepath.Join(t.TempDir(), "test.db")
//			return storetest.Database{Connect: func(t *testing.T) storetest.Store {
//				store, err := sqlitestore.Open(t.Context(), path)
//				...
//				return store
//			}}
//		})
//	}
//
// It uses real time only as a label: it never waits for a time to come.
package storetest

import (
	"io"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

// Store is the store to test. Close makes every later call fail; the suite calls
// it, also more than once.
type Store interface {
	rotation.Store
	io.Closer
}

// Database is one new and empty database.
type Database struct {
	// Connect opens the database once more, as another process would.
	Connect func(t *testing.T) Store
	// SetClock stops the clock of a store that has one of its own, or moves it. Nil for
	// a store that has none.
	SetClock func(t *testing.T, at time.Time)
	// AddUser adds a user. Nil for a store that knows no users.
	AddUser func(t *testing.T, store Store, userID string)
	// Disable disables a user and revokes the sessions, in one transaction.
	Disable func(t *testing.T, store Store, userID string)
}

// Run runs the suite. It calls open for each test, to have a database of its own.
func Run(t *testing.T, open func(t *testing.T) Database) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"a session is read as it was created", readBack},
		{"an unknown session is not found", notFound},
		{"creating ends the sessions that are replaced", createReplaces},
		{"creating fails completely", createFails},
		{"a disabled user gets no session", createDisabled},
		{"a disabled user's sessions are told apart", readDisabled},

		{"rotate", rotate},
		{"bind", bind},
		{"fast forward", forward},
		{"what is rotated without a decision", rotateCurrent},
		{"an unknown session is not rotated", rotateCurrentUnknown},
		{"replay", replay},
		{"reissue", reissue},
		{"see", see},
		{"revoke", revoke},
		{"a change wants the session as it was read", conflicts},

		{"revoke a selection", revokeSelection},
		{"revoke what has expired", revokeExpired},
		{"the first reason stays", firstReason},
		{"list", list},
		{"delete", remove},
		{"delete in steps", removeMany},

		{"the store's own clock decides", ownClock},

		{"of parallel rotations one succeeds", parallelRotations},
		{"of parallel rotations without a decision one succeeds", parallelCurrent},
		{"of parallel bindings one succeeds", parallelBindings},
		{"of parallel fast forwards one succeeds", parallelForwards},
		{"parallel replays are counted", parallelReplays},
		{"revoking beats rotating", revokeBeatsRotate},
		{"reissuing stops where it was seen", reissueUntilSeen},
		{"deleting leaves what was refreshed", deleteOrRotate},
		{"disabling beats signing in", disableBeatsCreate},

		{"a canceled context changes nothing", canceled},
		{"a closed store is unavailable", closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t)
			s := &suite{db: db, Store: db.connect(t)}
			s.clock(t, start)
			test.run(t, s)
		})
	}
}

// suite is what a test works with: a database and a first connection to it.
type suite struct {
	db Database
	Store
}

// connect opens the database until the test ends.
func (db Database) connect(t *testing.T) Store {
	t.Helper()
	store := db.Connect(t)
	t.Cleanup(func() { _ = store.Close() })
	return store
}
