package account_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
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

// TestS2EqualWork compares medians of interleaved calls. A missing hash would
// show as a factor of hundreds; the tolerance is for a machine that is busy.
func TestS2EqualWork(t *testing.T) {
	s := service(t, account.Config{Store: open(t)})
	add(t, s, "ada@example.com")
	add(t, s, "off@example.com")
	if err := s.SetDisabled(t.Context(), "off@example.com", true); err != nil {
		t.Fatal(err)
	}
	emails := []string{"ada@example.com", "nobody@example.com", "off@example.com", "no address"}
	times := make(map[string][]time.Duration)
	for range 9 {
		for _, email := range emails {
			start := time.Now()
			if _, err := s.Authenticate(t.Context(), email, "wrong password"); !errors.Is(err, account.ErrInvalidCredentials) {
				t.Fatal(err)
			}
			times[email] = append(times[email], time.Since(start))
		}
	}
	median := func(email string) time.Duration {
		slices.Sort(times[email])
		return times[email][len(times[email])/2]
	}
	want := median(emails[0])
	for _, email := range emails[1:] {
		if got := median(email); got < want/2 || got > want*2 {
			t.Errorf("%s takes %v, a wrong password %v", email, got, want)
		}
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
		_, _ = dearer.Authenticate(t.Context(), "ada@example.com", attempt.password)
		after, err := store.UserByEmail(t.Context(), "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if changed := after.PasswordHash != before.PasswordHash; changed != attempt.changes {
			t.Errorf("with %q the hash has changed: %v, want %v", attempt.password, changed, attempt.changes)
		}
		before = after
	}
	if _, err := dearer.Authenticate(t.Context(), "ada@example.com", password); err != nil {
		t.Errorf("after the rehash: %v", err)
	}
}

// TestHashingIsBounded lets one call take the only slot and keep it for long; a
// second one whose caller does not wait finds none.
func TestHashingIsBounded(t *testing.T) {
	s := service(t, account.Config{
		Store: open(t), Parallel: 1, Params: account.Params{Memory: 32 << 10, Passes: 8, Lanes: 1},
	})
	done := make(chan error, 1)
	go func() {
		_, err := s.Add(t.Context(), account.NewUser{Email: "ada@example.com", Password: password})
		done <- err
	}()
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	busy := false
	for !busy {
		select {
		case err := <-done:
			t.Fatalf("the slot was never found taken (error %v)", err)
		default:
			_, err := s.Authenticate(impatient, "no address", password)
			busy = errors.Is(err, account.ErrBusy)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

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
		{"not UTF-8", "b@example.com", "\xff\xfe longer", account.ErrInvalidPassword},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := s.Add(t.Context(), account.NewUser{Email: row.email, Password: row.password}); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
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
			rec, err := store.CreateSession(t.Context(), rotation.Record{
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
