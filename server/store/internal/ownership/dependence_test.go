package ownership_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
	"github.com/authfetch/authfetch/server/token"
)

// none is a database without sessions.
func none(time.Time) (int, time.Time, error) { return 0, time.Time{}, nil }

func TestDepends(t *testing.T) {
	db, r := facts{}, newReplacement(t)
	sealed, err := r.old.Seal(secret.New([]byte("key")), "")
	if err != nil {
		t.Fatal(err)
	}
	keys := []token.StoredKey{{ID: "k", Sealed: sealed}}
	last := noon.Add(24 * time.Hour)
	use := func(set secret.Set, at time.Time) {
		t.Helper()
		if err := ownership.Use(t.Context(), db, set, at); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name, id string, at, before time.Time, want ownership.Dependence) {
		t.Helper()
		var asked time.Time
		got, err := ownership.Depends(t.Context(), db, keys, id, at, func(before time.Time) (int, time.Time, error) {
			asked = before
			return 3, last, nil
		})
		if err != nil || got != want || !asked.Equal(before) {
			t.Errorf("%s: %+v (%v), want %+v; asked for sessions before %v, want %v", name, got, err, want, asked, before)
		}
	}
	never := time.Time{}
	want("no server yet", r.newID, noon, never, ownership.Dependence{})
	use(r.both, noon.Add(-2*time.Hour))
	want("it mints", r.oldID, noon, noon.Add(time.Millisecond), ownership.Dependence{Mints: true, Keys: 1, Sessions: 3, Until: last})
	want("it has never minted", r.newID, noon, never, ownership.Dependence{})
	use(r.moved, noon)
	want("it has minted", r.oldID, noon, noon.Add(time.Hour), ownership.Dependence{Keys: 1, Sessions: 3, Until: last})
	want("its successor mints", r.newID, noon, noon.Add(time.Millisecond), ownership.Dependence{Mints: true, Sessions: 3, Until: last})
	use(r.moved, noon.Add(10*time.Hour))
	want("a start long afterwards changes nothing", r.oldID, last, noon.Add(time.Hour), ownership.Dependence{Keys: 1, Sessions: 3, Until: last})
	use(r.both, last)
	use(r.moved, last.Add(time.Minute))
	want("it has minted once more", r.oldID, last, last.Add(time.Hour+time.Minute), ownership.Dependence{Keys: 1, Sessions: 3, Until: last})
}

func TestDependsFails(t *testing.T) {
	db, r := facts{}, newReplacement(t)
	for _, set := range []secret.Set{r.both, r.moved} {
		if err := ownership.Use(t.Context(), db, set, noon); err != nil {
			t.Fatal(err)
		}
	}
	_, err := ownership.Depends(t.Context(), db, nil, r.oldID, noon, func(time.Time) (int, time.Time, error) {
		return 1, noon, errAway
	})
	if !errors.Is(err, errAway) {
		t.Errorf("sessions that cannot be counted: %v, want %v", err, errAway)
	}
	db["secret_minted:"+r.oldID] = "yesterday"
	if _, err := ownership.Depends(t.Context(), db, nil, r.oldID, noon, none); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("a time that is none: %v, want %v", err, rotation.ErrUnavailable)
	}
}
