package account_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

const password = "correct horse"

// cheap costs next to nothing; what is tested here does not depend on the cost.
var cheap = account.Params{Memory: 64, Passes: 1, Lanes: 1}

func open(t *testing.T) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // a test may have closed it
	return store
}

func service(t *testing.T, config account.Config) *account.Service {
	t.Helper()
	s, err := account.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t *testing.T, s *account.Service, email string) account.User {
	t.Helper()
	user, err := s.Add(t.Context(), account.NewUser{Email: email, Password: password, Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func TestAuthenticate(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	ada := add(t, s, "Ada@Example.com ")
	add(t, s, "off@example.com")
	if err := s.SetDisabled(t.Context(), "off@example.com", true); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, email, password string
		want                  error
	}{
		{"right", "ada@example.com", password, nil},
		{"other case, spaces", " ADA@example.COM ", password, nil},
		{"wrong password", "ada@example.com", password + " ", account.ErrInvalidCredentials},
		{"password in other case", "ada@example.com", "Correct horse", account.ErrInvalidCredentials},
		{"empty password", "ada@example.com", "", account.ErrInvalidCredentials},
		{"not UTF-8", "ada@example.com", "\xff\xfe", account.ErrInvalidCredentials},
		{"unknown user", "nobody@example.com", password, account.ErrInvalidCredentials},
		{"no address", "ada", password, account.ErrInvalidCredentials},
		{"disabled", "off@example.com", password, account.ErrInvalidCredentials},
	} {
		t.Run(row.name, func(t *testing.T) {
			user, err := s.Authenticate(t.Context(), row.email, row.password)
			if !errors.Is(err, row.want) {
				t.Fatalf("error %v, want %v", err, row.want)
			}
			if row.want == nil && user != ada {
				t.Errorf("user %+v, want %+v", user, ada)
			}
		})
	}
}

func TestPasswordsTypedOnOtherKeyboards(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	composed, decomposed := "caf\u00e9 au lait", "cafe\u0301 au lait"
	if _, err := s.Add(t.Context(), account.NewUser{Email: "ada@example.com", Password: composed}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), "ada@example.com", decomposed); err != nil {
		t.Errorf("the same password from another keyboard: %v", err)
	}
}

func TestRehashAtLogin(t *testing.T) {
	store := open(t)
	add(t, service(t, account.Config{Store: store, Params: cheap}), "ada@example.com")
	before, err := store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	dearer := service(t, account.Config{Store: store, Params: account.Params{Memory: 128, Passes: 2, Lanes: 1}})
	for _, attempt := range []struct {
		password string
		changes  bool
	}{
		{"wrong password", false}, {password, true}, {password, false},
	} {
		user, authErr := dearer.Authenticate(t.Context(), "ada@example.com", attempt.password)
		after, err := store.UserByEmail(t.Context(), "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if changed := after.PasswordHash != before.PasswordHash; changed != attempt.changes {
			t.Errorf("with %q the hash has changed: %v, want %v", attempt.password, changed, attempt.changes)
		}
		if found, err := dearer.User(t.Context(), after.ID); err != nil || authErr == nil && found.PasswordID != user.PasswordID {
			t.Errorf("with %q the login saw password %q, and kept is %q (%v)", attempt.password, user.PasswordID, found.PasswordID, err)
		}
		before = after
	}
	if _, err := dearer.Authenticate(t.Context(), "ada@example.com", password); err != nil {
		t.Errorf("after the rehash: %v", err)
	}
}

func TestAnUnreachableStoreSaysNothingAboutThePassword(t *testing.T) {
	store := open(t)
	s := service(t, account.Config{Store: store, Params: cheap})
	add(t, s, "ada@example.com")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Authenticate(t.Context(), "ada@example.com", password)
	if !errors.Is(err, rotation.ErrUnavailable) || errors.Is(err, account.ErrInvalidCredentials) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}
