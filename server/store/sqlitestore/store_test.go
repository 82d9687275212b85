package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	accounttest "github.com/authfetch/authfetch/server/account/storetest"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/rotation/storetest"
	"github.com/authfetch/authfetch/server/store/internal/ownership/ownershiptest"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	keytest "github.com/authfetch/authfetch/server/token/storetest"
)

func TestSessions(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "test.db")
		return storetest.Database{
			Connect: func(t *testing.T) storetest.Store { return open(t, path) },
			AddUser: addUser,
			Disable: disable,
		}
	})
}

func TestAccounts(t *testing.T) {
	accounttest.Run(t, func(t *testing.T) accounttest.Connect {
		path := filepath.Join(t.TempDir(), "test.db")
		return func(t *testing.T) accounttest.Store { return open(t, path) }
	})
}

func TestKeys(t *testing.T) {
	keytest.Run(t, func(t *testing.T) keytest.Connect {
		path := filepath.Join(t.TempDir(), "test.db")
		return func(t *testing.T) keytest.Store { return open(t, path) }
	})
}

func TestSecrets(t *testing.T) {
	ownershiptest.Run(t, func(t *testing.T) ownershiptest.Database {
		path := filepath.Join(t.TempDir(), "test.db")
		return ownershiptest.Database{Connect: func(t *testing.T) ownershiptest.Store { return open(t, path) }}
	})
}

func TestProofs(t *testing.T) {
	connect := func(t *testing.T) dpoptest.Connect {
		path := filepath.Join(t.TempDir(), "test.db")
		return func(t *testing.T) (dpop.Replays, func()) {
			store := open(t, path)
			return store, func() { _ = store.Close() }
		}
	}
	dpoptest.RunReplays(t, connect)
	t.Run("away", func(t *testing.T) {
		dpoptest.RunUnavailable(t, connect(t), func(err error) bool { return errors.Is(err, rotation.ErrUnavailable) })
	})
}

// open opens a database until the test ends.
func open(t *testing.T, path string) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// addUser adds a user of that id.
func addUser(t *testing.T, store storetest.Store, userID string) {
	t.Helper()
	err := store.(account.Store).CreateUser(t.Context(), account.Record{User: account.User{
		ID: userID, Email: strings.ReplaceAll(userID, " ", "") + "@example.com", CreatedAt: time.Now(),
	}})
	if err != nil {
		t.Errorf("add user %s: %v", userID, err)
	}
}

func disable(t *testing.T, store storetest.Store, userID string) {
	t.Helper()
	if err := store.(account.Store).SetDisabled(t.Context(), userID, time.Now()); err != nil {
		t.Errorf("disable user %s: %v", userID, err)
	}
}
