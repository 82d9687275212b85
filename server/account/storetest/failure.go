package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
)

// calls are all methods of a store that belong to accounts, each with arguments
// that would change the user ada or the bucket a.
func calls(ctx context.Context, t *testing.T, store Store) map[string]func() error {
	t.Helper()
	bob, next := user(t, "bob"), hash(t, 1)
	return map[string]func() error{
		"create a user": func() error { return store.CreateUser(ctx, bob) },
		"find by email": func() error {
			_, err := store.UserByEmail(ctx, "ada@example.com")
			return err
		},
		"find by id": func() error {
			_, err := store.UserByID(ctx, "ada")
			return err
		},
		"list": func() error {
			_, err := store.Users(ctx)
			return err
		},
		"set a password": func() error {
			return store.SetPassword(ctx, account.PasswordChange{UserID: "ada", New: next, At: start})
		},
		"disable": func() error { return store.SetDisabled(ctx, "ada", start) },
		"read buckets": func() error {
			_, _, err := store.Buckets(ctx, []string{"a"})
			return err
		},
		"change buckets": func() error {
			return store.ChangeBuckets(ctx, []string{"a"}, func(_ time.Time, b []account.Bucket) error {
				b[0] = account.Bucket{}
				return nil
			})
		},
		"delete buckets": func() error {
			_, err := store.DeleteBuckets(ctx, start.Add(1000*time.Hour))
			return err
		},
	}
}

func canceled(t *testing.T, s *suite) {
	ada := s.add(t, "ada")
	s.put(t, map[string]account.Bucket{"a": full()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(ctx, t, s.Store) {
		err := call()
		wantError(t, name, err, rotation.ErrUnavailable)
		wantError(t, name, err, context.Canceled)
	}
	s.unchanged(t, ada)
}

func closed(t *testing.T, s *suite) {
	ada := s.add(t, "ada")
	s.put(t, map[string]account.Bucket{"a": full()})
	other := s.again(t)
	must(t, "close", other.Close())
	for name, call := range calls(t.Context(), t, other) {
		wantError(t, name, call(), rotation.ErrUnavailable)
	}
	s.unchanged(t, ada)
}

func (s *suite) unchanged(t *testing.T, ada account.Record) {
	t.Helper()
	if got, err := s.UserByID(t.Context(), "ada"); err != nil || got != ada {
		t.Errorf("the user is %+v, error %v, want %+v", got, err, ada)
	}
	if all, err := s.Users(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d users, error %v, want one", len(all), err)
	}
	s.wantBuckets(t, map[string]account.Bucket{"a": full()})
}
