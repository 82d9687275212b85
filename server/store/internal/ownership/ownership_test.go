package ownership_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// facts are those of a database that holds nothing else.
type facts map[string]string

func (f facts) Get(_ context.Context, name string) (string, error) { return f[name], nil }

func (f facts) Set(_ context.Context, name, value string) error {
	f[name] = value
	return nil
}

var errAway = errors.New("the database is away")

// away is a database that answers some questions, and then no more.
type away struct {
	facts
	after *int
}

func newAway(f facts, after int) away { return away{f, &after} }

func (a away) gone() bool {
	*a.after--
	return *a.after < 0
}

func (a away) Get(ctx context.Context, name string) (string, error) {
	if a.gone() {
		return "", errAway
	}
	return a.facts.Get(ctx, name)
}

func (a away) Set(ctx context.Context, name, value string) error {
	if a.gone() {
		return errAway
	}
	return a.facts.Set(ctx, name, value)
}

// replacement is a secret that another one takes the place of, step by step.
type replacement struct {
	old, both, moved, alone secret.Set
	oldID, newID            string
}

func newReplacement(t *testing.T) replacement {
	t.Helper()
	old := secret.Generate()
	both, newID := old.Add()
	moved, err := both.Use(newID)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := moved.Remove(old.Primary().ID)
	if err != nil {
		t.Fatal(err)
	}
	return replacement{old, both, moved, alone, old.Primary().ID, newID}
}

func TestUse(t *testing.T) {
	db, r, other := facts{}, newReplacement(t), secret.Generate()
	wantHas := func(want bool) {
		t.Helper()
		if has, err := ownership.Has(t.Context(), db); err != nil || has != want {
			t.Errorf("Has is %t (%v), want %t", has, err, want)
		}
	}
	wantHas(false)
	for _, test := range []struct {
		name    string
		secrets secret.Set
		want    error
	}{
		{"none", secret.Set{}, secret.ErrNoKey},
		{"the first one", r.old, nil},
		{"the same one", r.old, nil},
		{"another one", other, ownership.ErrOtherSecret},
		{"the same one after that", r.old, nil},
		{"one more, which does not mint", r.both, nil},
		{"the new one alone, too early", r.alone, ownership.ErrOtherSecret},
		{"the new one mints", r.moved, nil},
		{"a node that has not been told", r.both, nil},
		{"and one that has", r.moved, nil},
		{"the old one alone", r.old, ownership.ErrOtherSecret},
		{"the new one alone", r.alone, nil},
	} {
		if err := ownership.Use(t.Context(), db, test.secrets, noon); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	wantHas(true)
	if err := ownership.Use(t.Context(), db, other, noon); err == nil || !strings.Contains(err.Error(), "copy the secret file") {
		t.Errorf("the error does not say what to copy: %v", err)
	}
}

// Most starts are with the secret of the last one, and have nothing to write.
func TestUseAgain(t *testing.T) {
	db, own := facts{}, secret.Generate()
	for range 2 {
		if err := ownership.Use(t.Context(), db, own, noon); err != nil || len(db) != 1 {
			t.Errorf("%d facts (%v), want 1", len(db), err)
		}
	}
}

// Programs beside the servers use the secret that the servers use, whatever the
// file says by now.
func TestMinting(t *testing.T) {
	db, r := facts{}, newReplacement(t)
	for _, step := range []struct {
		name  string
		start secret.Set // of a server
		set   secret.Set
		want  string
		err   error
	}{
		{"no server yet", secret.Set{}, r.old, r.oldID, nil},
		{"the file is ahead of the servers", r.old, r.moved, r.oldID, nil},
		{"a server has followed", r.moved, r.moved, r.newID, nil},
		{"the file is behind the servers", secret.Set{}, r.both, r.newID, nil},
		{"another file", secret.Set{}, secret.Generate(), "", ownership.ErrOtherSecret},
	} {
		if !step.start.IsZero() {
			if err := ownership.Use(t.Context(), db, step.start, noon); err != nil {
				t.Fatal(err)
			}
		}
		set, err := ownership.Minting(t.Context(), db, step.set)
		if !errors.Is(err, step.err) || set.Primary().ID != step.want {
			t.Errorf("%s: %q (%v), want %q", step.name, set.Primary().ID, err, step.want)
		}
	}
}

// A failure at any step comes out, and is not taken for an empty database.
func TestAway(t *testing.T) {
	r := newReplacement(t)
	for _, test := range []struct {
		name  string
		steps int
		run   func(ctx context.Context, db ownership.Facts) error
	}{
		{"Has", 1, func(ctx context.Context, db ownership.Facts) error {
			_, err := ownership.Has(ctx, db)
			return err
		}},
		{"Use", 3, func(ctx context.Context, db ownership.Facts) error {
			return ownership.Use(ctx, db, r.moved, noon)
		}},
		{"Minting", 1, func(ctx context.Context, db ownership.Facts) error {
			_, err := ownership.Minting(ctx, db, r.moved)
			return err
		}},
		{"Depends", 2, func(ctx context.Context, db ownership.Facts) error {
			_, err := ownership.Depends(ctx, db, nil, r.newID, noon, none)
			return err
		}},
	} {
		for after := range test.steps + 1 {
			db := facts{}
			if err := ownership.Use(t.Context(), db, r.old, noon); err != nil {
				t.Fatal(err)
			}
			err := test.run(t.Context(), newAway(db, after))
			if want := after < test.steps; errors.Is(err, errAway) != want {
				t.Errorf("%s, away after %d steps: %v", test.name, after, err)
			}
		}
	}
}
