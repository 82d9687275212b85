package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

func storedKey(id, follows string) token.StoredKey {
	at := time.Date(2026, 5, 1, 12, 0, 0, 123_000_000, time.UTC)
	return token.StoredKey{
		ID: id, Follows: follows, Algorithm: token.ES256, Private: []byte{0, 1, 2, 255},
		CreatedAt: at, ActiveFrom: at.Add(time.Minute),
	}
}

func TestSigningKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	// The ids do not sort as the keys follow each other, and neither do the times.
	for _, step := range []struct {
		id, follows string
		want        bool
	}{
		{"m", "unknown", false},
		{"m", "", true},
		{"z", "", false},
		{"a", "unknown", false},
		{"a", "m", true},
		{"b", "m", false},
		{"x", "a", true},
	} {
		if added, err := store.AddSigningKey(t.Context(), storedKey(step.id, step.follows)); err != nil || added != step.want {
			t.Errorf("add %s after %q: %t (%v), want %t", step.id, step.follows, added, err, step.want)
		}
	}
	want := []token.StoredKey{storedKey("m", ""), storedKey("a", "m"), storedKey("x", "a")}
	wantKeys := func(want []token.StoredKey) {
		t.Helper()
		if got, err := store.SigningKeys(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("keys are %+v (%v), want %+v", got, err, want)
		}
	}
	wantKeys(want)

	// The oldest key is removed when no token of it can be about any more.
	edit(t, path, "DELETE FROM signing_keys WHERE id = 'm'")
	wantKeys(want[1:])
	if added, err := store.AddSigningKey(t.Context(), storedKey("n", "")); err != nil || added {
		t.Errorf("added a second first key (%v)", err)
	}
}

func TestAddSigningKeyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	open(t, path)
	for _, follows := range []string{"", "0"} {
		var ready, done sync.WaitGroup
		ready.Add(8)
		added := make([]bool, 8)
		for i := range added {
			store := open(t, path)
			id := string(rune('0' + i))
			if follows != "" {
				id = "after " + id
			}
			done.Go(func() {
				ready.Done()
				ready.Wait()
				var err error
				if added[i], err = store.AddSigningKey(t.Context(), storedKey(id, follows)); err != nil {
					t.Errorf("add: %v", err)
				}
			})
		}
		done.Wait()
		count := 0
		for i := range added {
			if added[i] {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%d keys were added after %q, want 1", count, follows)
		}
		edit(t, path, "UPDATE signing_keys SET id = '0' WHERE follows = ''")
	}
}

func TestSigningKeysAway(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.SigningKeys(t.Context()); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("read: %v, want %v", err, rotation.ErrUnavailable)
	}
	if _, err := store.AddSigningKey(t.Context(), storedKey("a", "")); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("add: %v, want %v", err, rotation.ErrUnavailable)
	}
}
