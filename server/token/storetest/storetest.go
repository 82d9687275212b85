// Package storetest checks that a token.KeyStore keeps its contract. Every store runs
// the same suite.
//
//	func TestKeys(t *testing.T) {
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
	"context"
	"errors"
	"io"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

// Store is the store to test. Close makes every later call fail; the suite calls it,
// also more than once.
type Store interface {
	token.KeyStore
	io.Closer
}

// Connect opens one database once more, as another process would.
type Connect func(t *testing.T) Store

// Run runs the suite. It calls open for each test, to have a new and empty database.
func Run(t *testing.T, open func(t *testing.T) Connect) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Connect)
	}{
		{"keys are replaced where they are as they were", replace},
		{"of nodes that change the keys at once one succeeds", parallelChanges},
		{"a closed store is unavailable", away},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// connect opens the database until the test ends.
func (connect Connect) again(t *testing.T) Store {
	t.Helper()
	store := connect(t)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func stored(id, follows string) token.StoredKey {
	at := time.Date(2026, 5, 1, 12, 0, 0, 123_000_000, time.UTC)
	return token.StoredKey{
		ID: id, Follows: follows, Algorithm: token.ES256, Sealed: []byte{0, 1, 2, 255},
		CreatedAt: at, ActiveFrom: at.Add(time.Minute),
	}
}

func replace(t *testing.T, connect Connect) {
	store := connect.again(t)
	// The ids do not sort as the keys follow each other, and neither do the times.
	first, second, third := stored("m", ""), stored("a", "m"), stored("x", "a")
	revoked := second
	revoked.Sealed, revoked.RevokedAt = nil, second.CreatedAt.Add(time.Hour)
	resealed := first
	resealed.Sealed = []byte{9}
	type keys = []token.StoredKey
	for _, step := range []struct {
		name          string
		before, after keys
		want          bool
	}{
		{"the first key", nil, keys{first}, true},
		{"another first key", nil, keys{stored("z", "")}, false},
		{"two more", keys{first}, keys{first, second, third}, true},
		{"from fewer than there are", keys{first}, keys{first, stored("b", "m")}, false},
		{"from more than there are", keys{first, second, third, stored("b", "x")}, keys{first}, false},
		{"one revoked", keys{first, second, third}, keys{first, revoked, third}, true},
		{"from before that", keys{first, second, third}, keys{first}, false},
		{"one sealed anew", keys{first, revoked, third}, keys{resealed, revoked, third}, true},
		{"the oldest removed", keys{resealed, revoked, third}, keys{revoked, third}, true},
		{"nothing changed", keys{revoked, third}, keys{revoked, third}, true},
	} {
		before, err := store.SigningKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done, err := store.ReplaceSigningKeys(t.Context(), step.before, step.after); err != nil || done != step.want {
			t.Errorf("%s: %t (%v), want %t", step.name, done, err, step.want)
		}
		want := before
		if step.want {
			want = step.after
		}
		if got, err := store.SigningKeys(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: keys are %+v (%v), want %+v", step.name, got, err, want)
		}
	}
}

// parallelChanges has eight nodes; what the one that succeeds has stored is complete.
func parallelChanges(t *testing.T, connect Connect) {
	connect.again(t)
	var before []token.StoredKey
	for round := range 3 {
		var ready, done sync.WaitGroup
		ready.Add(8)
		replaced := make([]bool, 8)
		after := make([][]token.StoredKey, 8)
		for i := range replaced {
			store := connect.again(t)
			follows := ""
			if len(before) > 0 {
				follows = before[len(before)-1].ID
			}
			after[i] = append(before[:len(before):len(before)], stored(string(rune('a'+round))+string(rune('0'+i)), follows))
			done.Go(func() {
				ready.Done()
				ready.Wait()
				var err error
				if replaced[i], err = store.ReplaceSigningKeys(t.Context(), before, after[i]); err != nil {
					t.Errorf("replace: %v", err)
				}
			})
		}
		done.Wait()
		winners := 0
		for i := range replaced {
			if replaced[i] {
				winners++
				before = after[i]
			}
		}
		if got, err := connect.again(t).SigningKeys(t.Context()); err != nil || winners != 1 || !reflect.DeepEqual(got, before) {
			t.Fatalf("round %d: %d nodes changed the keys, want 1; there are %+v (%v)", round, winners, got, err)
		}
	}
}

func away(t *testing.T, connect Connect) {
	store := connect.again(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	check := func(ctx context.Context, when string) {
		t.Helper()
		if _, err := store.SigningKeys(ctx); !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("%s: read: %v, want %v", when, err, rotation.ErrUnavailable)
		}
		done, err := store.ReplaceSigningKeys(ctx, nil, []token.StoredKey{stored("a", "")})
		if done || !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("%s: replace: %t, %v, want %v", when, done, err, rotation.ErrUnavailable)
		}
	}
	check(canceled, "the context has ended")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	check(t.Context(), "it is closed")
}
