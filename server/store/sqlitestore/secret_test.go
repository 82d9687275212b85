package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/token"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestUseSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	own, other := secret.Generate(), secret.Generate()
	both, newer := own.Add()
	moved, err := both.Use(newer)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := moved.Remove(own.Primary().ID)
	if err != nil {
		t.Fatal(err)
	}
	wantHas := func(want bool) {
		t.Helper()
		if has, err := store.HasSecret(t.Context()); err != nil || has != want {
			t.Errorf("HasSecret is %t (%v), want %t", has, err, want)
		}
	}
	wantHas(false)
	for _, test := range []struct {
		name    string
		secrets secret.Set
		want    error
	}{
		{"none", secret.Set{}, secret.ErrNoKey},
		{"the first one", own, nil},
		{"the same one", own, nil},
		{"another one", other, sqlitestore.ErrOtherSecret},
		{"the same one after that", own, nil},
		{"one more, which does not mint", both, nil},
		{"the new one alone, too early", alone, sqlitestore.ErrOtherSecret},
		{"the new one mints", moved, nil},
		{"a node that has not been told", both, nil},
		{"and one that has", moved, nil},
		{"the old one alone", own, sqlitestore.ErrOtherSecret},
		{"the new one alone", alone, nil},
	} {
		if err := open(t, path).UseSecret(t.Context(), test.secrets, noon); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	wantHas(true)
	if err := store.UseSecret(t.Context(), other, noon); err == nil || !strings.Contains(err.Error(), "copy the secret file") {
		t.Errorf("the error does not say what to copy: %v", err)
	}
}

// Programs beside the servers use the secret that the servers use, whatever the
// file says by now.
func TestMintingSecret(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
	own := secret.Generate()
	both, newer := own.Add()
	moved, err := both.Use(newer)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name  string
		start secret.Set // of a server
		set   secret.Set
		want  string
		err   error
	}{
		{"no server yet", secret.Set{}, own, own.Primary().ID, nil},
		{"the file is ahead of the servers", own, moved, own.Primary().ID, nil},
		{"a server has followed", moved, moved, newer, nil},
		{"the file is behind the servers", secret.Set{}, both, newer, nil},
		{"another file", secret.Set{}, secret.Generate(), "", sqlitestore.ErrOtherSecret},
	} {
		if !step.start.IsZero() {
			if err := store.UseSecret(t.Context(), step.start, noon); err != nil {
				t.Fatal(err)
			}
		}
		set, err := store.MintingSecret(t.Context(), step.set)
		if !errors.Is(err, step.err) || set.Primary().ID != step.want {
			t.Errorf("%s: %q (%v), want %q", step.name, set.Primary().ID, err, step.want)
		}
	}
}

func TestSecretUse(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
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
	key := storedKey("k", "")
	key.Sealed = sealed
	if _, err := store.ReplaceSigningKeys(t.Context(), nil, []token.StoredKey{key}); err != nil {
		t.Fatal(err)
	}
	session := func(id string, rotated time.Time, lives time.Duration) {
		t.Helper()
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
	want := func(name, id string, at time.Time, want sqlitestore.SecretUse) {
		t.Helper()
		got, err := store.SecretUse(t.Context(), id, at)
		if err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
	use(both, noon.Add(-2*time.Hour))
	want("it mints", old, noon, sqlitestore.SecretUse{Mints: true, Keys: 1, Sessions: 1, Until: noon.Add(9 * time.Hour)})
	want("it has never minted", newer, noon, sqlitestore.SecretUse{})
	use(moved, noon)
	want("it has minted", old, noon.Add(time.Hour), sqlitestore.SecretUse{Keys: 1, Sessions: 2, Until: end})
	use(moved, noon.Add(10*time.Hour)) // a start long afterwards changes nothing
	want("one session is over", old, noon.Add(10*time.Hour), sqlitestore.SecretUse{Keys: 1, Sessions: 1, Until: end})
	want("all are", old, end, sqlitestore.SecretUse{Keys: 1})
	use(both, end)
	use(moved, end.Add(time.Hour))
	want("it has minted once more", old, end.Add(time.Hour), sqlitestore.SecretUse{Keys: 1, Sessions: 1, Until: noon.Add(49 * time.Hour)})
}

func TestSecretAway(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "test.db"))
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
