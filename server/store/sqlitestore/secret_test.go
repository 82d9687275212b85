package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/token"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// The rules are those of package ownership; here they are kept in a file.
func TestUseSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	own := secret.Generate()
	both, newer := own.Add()
	moved, err := both.Use(newer)
	if err != nil {
		t.Fatal(err)
	}
	if has, err := store.HasSecret(t.Context()); err != nil || has {
		t.Errorf("HasSecret of a new file is %t (%v)", has, err)
	}
	for _, test := range []struct {
		name    string
		secrets secret.Set
		want    error
		mints   string // whatever the set has in front
	}{
		{"the first one", own, nil, own.Primary().ID},
		{"another one", secret.Generate(), sqlitestore.ErrOtherSecret, own.Primary().ID},
		{"the new one mints", moved, nil, newer},
		{"the old one alone", own, sqlitestore.ErrOtherSecret, newer},
	} {
		if err := open(t, path).UseSecret(t.Context(), test.secrets, noon); !errors.Is(err, test.want) {
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
