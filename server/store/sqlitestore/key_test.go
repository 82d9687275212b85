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
		ID: id, Follows: follows, Algorithm: token.ES256, Sealed: []byte{0, 1, 2, 255},
		CreatedAt: at, ActiveFrom: at.Add(time.Minute),
	}
}

func TestSigningKeys(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	// The ids do not sort as the keys follow each other, and neither do the times.
	first, second, third := storedKey("m", ""), storedKey("a", "m"), storedKey("x", "a")
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
		{"another first key", nil, keys{storedKey("z", "")}, false},
		{"two more", keys{first}, keys{first, second, third}, true},
		{"from fewer than there are", keys{first}, keys{first, storedKey("b", "m")}, false},
		{"from more than there are", keys{first, second, third, storedKey("b", "x")}, keys{first}, false},
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

// Nodes that change the keys at once: one of them does, and what it stores is
// complete.
func TestReplaceSigningKeysAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	open(t, path)
	var before []token.StoredKey
	for round := range 3 {
		var ready, done sync.WaitGroup
		ready.Add(8)
		replaced := make([]bool, 8)
		after := make([][]token.StoredKey, 8)
		for i := range replaced {
			store := open(t, path)
			follows := ""
			if len(before) > 0 {
				follows = before[len(before)-1].ID
			}
			after[i] = append(before[:len(before):len(before)], storedKey(string(rune('a'+round))+string(rune('0'+i)), follows))
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
		if got, err := open(t, path).SigningKeys(t.Context()); err != nil || winners != 1 || !reflect.DeepEqual(got, before) {
			t.Fatalf("round %d: %d nodes changed the keys, want 1; there are %+v (%v)", round, winners, got, err)
		}
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
	if _, err := store.ReplaceSigningKeys(t.Context(), nil, []token.StoredKey{storedKey("a", "")}); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("replace: %v, want %v", err, rotation.ErrUnavailable)
	}
}
