package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestAddRefuses(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	add(t, s, "ada@example.com")
	for _, row := range []struct {
		name, email, password string
		want                  error
	}{
		{"taken", "ADA@example.com", password, account.ErrEmailTaken},
		{"no address", "ada", password, account.ErrInvalidEmail},
		{"short", "b@example.com", "1234567", account.ErrInvalidPassword},
		{"short in characters, not in bytes", "b@example.com", "пароль1", account.ErrInvalidPassword},
		{"long", "b@example.com", string(make([]byte, 257)), account.ErrInvalidPassword},
		{"damaged", "b@example.com", "correct \ufffd horse", account.ErrInvalidPassword},
		{"not UTF-8", "b@example.com", "\xff\xfe longer", account.ErrInvalidPassword},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := s.Add(t.Context(), account.NewUser{Email: row.email, Password: row.password}); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
		})
	}
	for name, display := range map[string]string{
		"escape sequence": "Ada\x1b[2J", "two lines": "Ada\nroot", "not UTF-8": "\xff", "long": strings.Repeat("я", 257),
		"read from right to left": "Ada \u202etoor", "two lines, in Unicode": "Ada\u2028root",
	} {
		t.Run("name: "+name, func(t *testing.T) {
			if _, err := s.Add(t.Context(), account.NewUser{Email: "b@example.com", Password: password, Name: display}); !errors.Is(err, account.ErrInvalidName) {
				t.Errorf("error %v, want %v", err, account.ErrInvalidName)
			}
		})
	}
	users, err := s.List(t.Context())
	if err != nil || len(users) != 1 {
		t.Errorf("%d users, error %v; want the first one alone", len(users), err)
	}
}

func TestOneOfManyGetsTheAddress(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	const parallel = 16
	errs := make([]error, parallel)
	var wg sync.WaitGroup
	for i := range parallel {
		wg.Go(func() {
			_, errs[i] = s.Add(t.Context(), account.NewUser{Email: "ada@example.com", Password: password})
		})
	}
	wg.Wait()
	added := 0
	for _, err := range errs {
		if err == nil {
			added++
		} else if !errors.Is(err, account.ErrEmailTaken) {
			t.Error(err)
		}
	}
	if added != 1 {
		t.Errorf("%d users with one address", added)
	}
}

// TestWhatEndsSessions is about changes that end sessions in the same
// transaction, and about those that must not.
func TestWhatEndsSessions(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*account.Service) error
		want   wire.Reason // empty: the session lives
	}{
		{"disable", func(s *account.Service) error { return s.SetDisabled(t.Context(), "ada@example.com", true) }, wire.ReasonDisabled},
		{"new password", func(s *account.Service) error {
			return s.SetPassword(t.Context(), "ada@example.com", "another password")
		}, wire.ReasonPasswordChange},
		{"enable one who is enabled", func(s *account.Service) error { return s.SetDisabled(t.Context(), "ada@example.com", false) }, ""},
		{"password of somebody else", func(s *account.Service) error {
			return s.SetPassword(t.Context(), "bob@example.com", "another password")
		}, ""},
		{"rehash", func(s *account.Service) error {
			_, err := s.Authenticate(t.Context(), "ada@example.com", password)
			return err
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			store := open(t)
			cheapService := service(t, account.Config{Store: store, Params: cheap})
			ada := add(t, cheapService, "ada@example.com")
			add(t, cheapService, "bob@example.com")
			now := time.Now()
			rec, _, err := store.CreateSession(t.Context(), rotation.Record{
				ID: "s1", UserID: ada.ID, Nonce: "n", CreatedAt: now, RotatedAt: now,
				IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour),
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			dearer := service(t, account.Config{Store: store, Params: account.Params{Memory: 128, Passes: 1, Lanes: 1}})
			if err := row.change(dearer); err != nil {
				t.Fatal(err)
			}
			rec, _, err = store.Session(t.Context(), rec.ID)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Reason != row.want || rec.RevokedAt.IsZero() != (row.want == "") {
				t.Errorf("revoked %v with reason %q, want %q", !rec.RevokedAt.IsZero(), rec.Reason, row.want)
			}
		})
	}
}

// TestParallelChangePassword: every change has found the old password to be right
// before the first one is written.
func TestParallelChangePassword(t *testing.T) {
	const parallel = 8
	store := &meeting{Store: open(t)}
	store.all.Add(parallel)
	s := service(t, account.Config{Store: store, Params: cheap, Parallel: parallel})
	ada := add(t, s, "ada@example.com")
	errs := make([]error, parallel)
	var wg sync.WaitGroup
	for i := range parallel {
		wg.Go(func() {
			errs[i] = s.ChangePassword(t.Context(), ada.ID, password, fmt.Sprint("password ", i), "")
		})
	}
	wg.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case !errors.Is(err, account.ErrInvalidCredentials):
			t.Errorf("change %d: error %v, want ErrInvalidCredentials", i, err)
		}
	}
	if _, err := s.Authenticate(t.Context(), "ada@example.com", fmt.Sprint("password ", winner)); err != nil {
		t.Errorf("the password of the change that succeeded: %v", err)
	}
}

// meeting is a store in which the first changes of a password wait for each other.
type meeting struct {
	account.Store
	all  sync.WaitGroup
	once sync.Map // by new hash
}

func (m *meeting) SetPassword(ctx context.Context, change account.PasswordChange) error {
	if _, met := m.once.LoadOrStore(change.New, true); !met {
		m.all.Done()
		m.all.Wait()
	}
	return m.Store.SetPassword(ctx, change)
}

// TestAPasswordChangeSurvivesARehash has a login make the hash of the old password
// again, after it was found to be right and before it is replaced.
func TestAPasswordChangeSurvivesARehash(t *testing.T) {
	store := &interrupted{Store: open(t)}
	s := service(t, account.Config{Store: store, Params: cheap})
	ada := add(t, s, "ada@example.com")
	dearer := service(t, account.Config{Store: store.Store, Params: account.Params{Memory: 128, Passes: 1, Lanes: 1}})
	store.before = func() {
		if _, err := dearer.Authenticate(t.Context(), "ada@example.com", password); err != nil {
			t.Error(err)
		}
	}
	if err := s.ChangePassword(t.Context(), ada.ID, password, "another password", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), "ada@example.com", "another password"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// interrupted is a store in which something happens before the first change of a
// password.
type interrupted struct {
	account.Store
	before func()
}

func (i *interrupted) SetPassword(ctx context.Context, change account.PasswordChange) error {
	if before := i.before; before != nil {
		i.before = nil
		before()
	}
	return i.Store.SetPassword(ctx, change)
}

func TestDisableAndEnable(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	ada := add(t, s, "ada@example.com")
	for _, disabled := range []bool{true, true, false, false} {
		if err := s.SetDisabled(t.Context(), "ada@example.com", disabled); err != nil {
			t.Fatal(err)
		}
		_, err := s.User(t.Context(), ada.ID)
		if disabled != errors.Is(err, account.ErrNotFound) || !disabled && err != nil {
			t.Errorf("disabled %v: error %v", disabled, err)
		}
	}
	if err := s.SetDisabled(t.Context(), "nobody@example.com", true); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("nobody: error %v", err)
	}
}

func TestEnsureLeavesUsersAlone(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: cheap})
	add(t, s, "ada@example.com")
	for range 2 {
		err := s.Ensure(t.Context(), account.NewUser{Email: "Ada@example.com", Password: "another password"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Authenticate(t.Context(), "ada@example.com", password); err != nil {
		t.Errorf("the first password: %v", err)
	}
}
