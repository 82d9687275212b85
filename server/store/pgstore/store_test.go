package pgstore_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	accounttest "github.com/authfetch/authfetch/server/account/storetest"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/rotation/storetest"
	"github.com/authfetch/authfetch/server/store/internal/ownership/ownershiptest"
	"github.com/authfetch/authfetch/server/store/pgstore"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	keytest "github.com/authfetch/authfetch/server/token/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestSessions(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		url := database(t)
		return storetest.Database{
			Connect:  func(t *testing.T) storetest.Store { return open(t, url) },
			SetClock: func(t *testing.T, at time.Time) { pgtest.SetClock(t, url, at) },
			AddUser:  addUser,
			Disable:  disable,
		}
	})
}

func TestAccounts(t *testing.T) {
	accounttest.Run(t, func(t *testing.T) accounttest.Connect {
		url := database(t)
		return func(t *testing.T) accounttest.Store { return open(t, url) }
	})
}

func TestKeys(t *testing.T) {
	keytest.Run(t, func(t *testing.T) keytest.Connect {
		url := database(t)
		return func(t *testing.T) keytest.Store { return open(t, url) }
	})
}

func TestSecrets(t *testing.T) {
	ownershiptest.Run(t, func(t *testing.T) ownershiptest.Database {
		url := database(t)
		return ownershiptest.Database{
			Connect:  func(t *testing.T) ownershiptest.Store { return open(t, url) },
			SetClock: func(t *testing.T, at time.Time) { pgtest.SetClock(t, url, at) },
		}
	})
}

func TestProofs(t *testing.T) {
	connect := func(t *testing.T) dpoptest.Connect {
		url := database(t)
		// The suite uses ends that have not come, and wants them over.
		pgtest.SetClock(t, url, time.Now().Add(24*time.Hour))
		return func(t *testing.T) (dpop.Replays, func()) {
			store := open(t, url)
			return store, func() { _ = store.Close() }
		}
	}
	dpoptest.RunReplays(t, connect)
	t.Run("away", func(t *testing.T) {
		dpoptest.RunUnavailable(t, connect(t), func(err error) bool { return errors.Is(err, rotation.ErrUnavailable) })
	})
}

// template is a database with our tables, of which those of the tests are copies.
var template struct {
	sync.Mutex
	url string
}

// database is the URL of a new database with our tables.
func database(t *testing.T) string {
	t.Helper()
	server := pgtest.Shared(t)
	template.Lock()
	defer template.Unlock()
	if template.url == "" {
		url, err := server.CreateDatabase(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := open(t, url).Close(); err != nil {
			t.Fatal(err)
		}
		template.url = url
	}
	return server.Copy(t, template.url)
}

// open opens a database until the test ends.
func open(t *testing.T, url string) *pgstore.Store {
	t.Helper()
	store, err := pgstore.Open(t.Context(), url)
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
