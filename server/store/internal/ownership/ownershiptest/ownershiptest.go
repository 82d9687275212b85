// Package ownershiptest checks that a store ties its database to a server secret as
// package ownership says. Every store runs the same suite.
package ownershiptest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
	"github.com/authfetch/authfetch/server/token"
)

// Store is the store to test.
type Store interface {
	HasSecret(ctx context.Context) (bool, error)
	UseSecret(ctx context.Context, secrets secret.Set, at time.Time) error
	MintingSecret(ctx context.Context, secrets secret.Set) (secret.Set, error)
	SecretUse(ctx context.Context, id string, at time.Time) (ownership.Dependence, error)
	rotation.Store
	token.KeyStore
	io.Closer
}

// Database is one new and empty database.
type Database struct {
	// Connect opens the database once more, until the test ends.
	Connect func(t *testing.T) Store
	// SetClock is that of rotation/storetest.
	SetClock func(t *testing.T, at time.Time)
}

// Run runs the suite. It calls open for each test, to have a database of its own.
func Run(t *testing.T, open func(t *testing.T) Database) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Database)
	}{
		{"the secret of a database", use},
		{"what depends on a secret", depend},
		{"a closed store is unavailable", away},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("of nodes with different secrets one gets the database", func(t *testing.T) {
		for range 5 {
			parallelUses(t, open(t))
		}
	})
}

func (db Database) clock(t *testing.T, at time.Time) {
	t.Helper()
	if db.SetClock != nil {
		db.SetClock(t, at)
	}
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func use(t *testing.T, db Database) {
	store := db.Connect(t)
	own := secret.Generate()
	both, newer := own.Add()
	moved, err := both.Use(newer)
	if err != nil {
		t.Fatal(err)
	}
	if has, err := store.HasSecret(t.Context()); err != nil || has {
		t.Errorf("HasSecret of a new database is %t (%v)", has, err)
	}
	for _, test := range []struct {
		name    string
		secrets secret.Set
		want    error
		mints   string // whatever the set has in front
	}{
		{"the first one", own, nil, own.Primary().ID},
		{"another one", secret.Generate(), ownership.ErrOtherSecret, own.Primary().ID},
		{"the new one mints", moved, nil, newer},
		{"the old one alone", own, ownership.ErrOtherSecret, newer},
	} {
		if err := db.Connect(t).UseSecret(t.Context(), test.secrets, noon); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if set, err := store.MintingSecret(t.Context(), both); err != nil || set.Primary().ID != test.mints {
			t.Errorf("%s: %q mints (%v), want %q", test.name, set.Primary().ID, err, test.mints)
		}
	}
	if has, err := store.HasSecret(t.Context()); err != nil || !has {
		t.Errorf("HasSecret is %t (%v)", has, err)
	}
}

// parallelUses has nodes that start on an empty database, each with a secret of its
// own: that of one is the database's, and the others are told.
func parallelUses(t *testing.T, db Database) {
	errs := make([]error, 8)
	var ready, done sync.WaitGroup
	ready.Add(len(errs))
	for i := range errs {
		store := db.Connect(t)
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = store.UseSecret(t.Context(), secret.Generate(), noon)
		})
	}
	done.Wait()
	owners := 0
	for _, err := range errs {
		switch {
		case err == nil:
			owners++
		case !errors.Is(err, ownership.ErrOtherSecret):
			t.Errorf("use: %v, want %v", err, ownership.ErrOtherSecret)
		}
	}
	if owners != 1 {
		t.Errorf("%d secrets are the database's, want one", owners)
	}
}

func depend(t *testing.T, db Database) {
	store := db.Connect(t)
	own := secret.Generate()
	old := own.Primary().ID
	both, newer := own.Add()
	moved, err := both.Use(newer)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := own.Seal(secret.New([]byte("key")), "")
	if err != nil {
		t.Fatal(err)
	}
	key := token.StoredKey{ID: "k", Algorithm: token.ES256, Sealed: sealed, CreatedAt: noon, ActiveFrom: noon}
	if _, err := store.ReplaceSigningKeys(t.Context(), nil, []token.StoredKey{key}); err != nil {
		t.Fatal(err)
	}
	session := func(id string, rotated time.Time, lives time.Duration) {
		t.Helper()
		db.clock(t, rotated)
		_, _, err := store.CreateSession(t.Context(), rotation.Record{
			ID: id, UserID: "u", Nonce: "n", CreatedAt: rotated, RotatedAt: rotated,
			IdleExpiresAt: rotated.Add(lives), ExpiresAt: rotated.Add(2 * lives),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	session("before", noon.Add(-time.Hour), 10*time.Hour)
	session("during the restarts", noon.Add(59*time.Minute), 24*time.Hour)
	session("after", noon.Add(time.Hour), 48*time.Hour)
	session("idle", noon.Add(-time.Hour), time.Minute)

	use := func(set secret.Set, at time.Time) {
		t.Helper()
		if err := store.UseSecret(t.Context(), set, at); err != nil {
			t.Fatal(err)
		}
	}
	end := noon.Add(59*time.Minute + 24*time.Hour)
	want := func(name, id string, at time.Time, want ownership.Dependence) {
		t.Helper()
		db.clock(t, at)
		got, err := store.SecretUse(t.Context(), id, at)
		if err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
	use(both, noon.Add(-2*time.Hour))
	want("it mints", old, noon, ownership.Dependence{Mints: true, Keys: 1, Sessions: 1, Until: noon.Add(9 * time.Hour)})
	want("it has never minted", newer, noon, ownership.Dependence{})
	use(moved, noon)
	want("it has minted", old, noon.Add(time.Hour), ownership.Dependence{Keys: 1, Sessions: 2, Until: end})
	use(moved, noon.Add(10*time.Hour)) // a start long afterwards changes nothing
	want("one session is over", old, noon.Add(10*time.Hour), ownership.Dependence{Keys: 1, Sessions: 1, Until: end})
	want("all are", old, end, ownership.Dependence{Keys: 1})
	use(both, end)
	use(moved, end.Add(time.Hour))
	want("it has minted once more", old, end.Add(time.Hour), ownership.Dependence{Keys: 1, Sessions: 1, Until: noon.Add(49 * time.Hour)})
}

func away(t *testing.T, db Database) {
	store := db.Connect(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, has := store.HasSecret(t.Context())
	_, minting := store.MintingSecret(t.Context(), secret.Generate())
	_, use := store.SecretUse(t.Context(), "k", noon)
	for name, err := range map[string]error{
		"HasSecret": has, "MintingSecret": minting, "SecretUse": use,
		"UseSecret": store.UseSecret(t.Context(), secret.Generate(), noon),
	} {
		if !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, rotation.ErrUnavailable)
		}
	}
}
