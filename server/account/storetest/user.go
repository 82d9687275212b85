package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// hash is a hash like any other; the password behind it does not matter.
func hash(t *testing.T, n int) account.Hash {
	t.Helper()
	h, err := account.ParseHash(fmt.Sprintf("$argon2id$v=19$m=%d,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 64+n))
	must(t, "make a hash", err)
	return h
}

// user is one that has never been stored.
func user(t *testing.T, id string) account.Record {
	t.Helper()
	return account.Record{
		User:         account.User{ID: id, Email: id + "@example.com", Name: "Jos\u00e9 " + id, CreatedAt: start},
		PasswordHash: hash(t, 0),
	}
}

func (s *suite) add(t *testing.T, id string) account.Record {
	t.Helper()
	u := user(t, id)
	must(t, "create user "+id, s.CreateUser(t.Context(), u))
	return u
}

// begin gives a user a session.
func (s *suite) begin(t *testing.T, id, userID string) {
	t.Helper()
	_, _, err := s.CreateSession(t.Context(), rotation.Record{
		ID: id, UserID: userID, Nonce: "nonce", CreatedAt: start, RotatedAt: start,
		IdleExpiresAt: start.Add(time.Hour), ExpiresAt: start.Add(time.Hour),
	}, nil)
	must(t, "begin session "+id, err)
}

// reason is why a session was ended, empty where it lives.
func (s *suite) reason(t *testing.T, id string) wire.Reason {
	t.Helper()
	rec, _, err := s.Session(t.Context(), id)
	must(t, "read session "+id, err)
	return rec.Reason
}

func readUser(t *testing.T, s *suite) {
	want := s.add(t, "ada")
	s.add(t, "bob")
	byEmail, err := s.UserByEmail(t.Context(), want.Email)
	must(t, "find by email", err)
	byID, err := s.UserByID(t.Context(), want.ID)
	must(t, "find by id", err)
	if byEmail != want || byID != want {
		t.Errorf("by email %+v, by id %+v, want %+v", byEmail, byID, want)
	}
}

func unknownUser(t *testing.T, s *suite) {
	s.add(t, "ada")
	for _, unknown := range []string{"", "ADA", "ada ", "%", "ada' OR '1'='1", "ada\x00", "\xff"} {
		_, err := s.UserByID(t.Context(), unknown)
		wantError(t, "find by id "+unknown, err, account.ErrNotFound)
		_, err = s.UserByEmail(t.Context(), unknown+"@example.com")
		wantError(t, "find by email "+unknown, err, account.ErrNotFound)
		err = s.SetPassword(t.Context(), account.PasswordChange{UserID: unknown, New: hash(t, 1), At: start})
		wantError(t, "set the password of "+unknown, err, account.ErrNotFound)
		wantError(t, "disable "+unknown, s.SetDisabled(t.Context(), unknown, start), account.ErrNotFound)
	}
}

func listUsers(t *testing.T, s *suite) {
	for _, id := range []string{"carol", "ada", "bob"} {
		s.add(t, id)
	}
	must(t, "disable", s.SetDisabled(t.Context(), "bob", start))
	users, err := s.Users(t.Context())
	must(t, "list", err)
	got := ""
	for _, u := range users {
		got += fmt.Sprint(u.ID, " ", u.Disabled(), ", ")
	}
	if want := "ada false, bob true, carol false, "; got != want {
		t.Errorf("listed %s want %s", got, want)
	}
}

func parallelUsers(t *testing.T, s *suite) {
	users := make([]account.Record, 16)
	for i := range users {
		users[i] = user(t, fmt.Sprint("user ", i))
		users[i].Email = "ada@example.com"
	}
	created := 0
	for _, err := range s.parallel(t, len(users), func(i int, store Store) error {
		return store.CreateUser(t.Context(), users[i])
	}) {
		if err == nil {
			created++
		} else {
			wantError(t, "create", err, account.ErrEmailTaken)
		}
	}
	if all, err := s.Users(t.Context()); created != 1 || len(all) != 1 {
		t.Errorf("%d users were created, %d are there (error %v), want one", created, len(all), err)
	}
}

func setPassword(t *testing.T, s *suite) {
	ada, bob := s.add(t, "ada"), s.add(t, "bob")
	stale := account.PasswordChange{UserID: "ada", Old: hash(t, 7), New: hash(t, 1), At: start}
	wantError(t, "change another hash", s.SetPassword(t.Context(), stale), account.ErrNotFound)
	for n, old := range []account.Hash{ada.PasswordHash, {}} { // the right one, and any
		change := account.PasswordChange{UserID: "ada", Old: old, New: hash(t, n+1), At: start}
		must(t, "change", s.SetPassword(t.Context(), change))
		if got, err := s.UserByID(t.Context(), "ada"); err != nil || got.PasswordHash != change.New {
			t.Errorf("change %d has not come about, error %v", n, err)
		}
	}
	if got, err := s.UserByID(t.Context(), "bob"); err != nil || got != bob {
		t.Errorf("somebody else is %+v now, error %v", got, err)
	}
}

func parallelPasswords(t *testing.T, s *suite) {
	ada := s.add(t, "ada")
	changes := make([]account.PasswordChange, 16)
	for i := range changes {
		changes[i] = account.PasswordChange{UserID: "ada", Old: ada.PasswordHash, New: hash(t, i+1), At: start}
	}
	winner, changed := -1, 0
	for i, err := range s.parallel(t, len(changes), func(i int, store Store) error {
		return store.SetPassword(t.Context(), changes[i])
	}) {
		if err == nil {
			winner, changed = i, changed+1
		} else if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("change: %v", err)
		}
	}
	if changed != 1 {
		t.Fatalf("%d changes succeeded, want one", changed)
	}
	if got, err := s.UserByID(t.Context(), "ada"); err != nil || got.PasswordHash != changes[winner].New {
		t.Errorf("the password is not that of the change that succeeded, error %v", err)
	}
}

func endSessions(t *testing.T, s *suite) {
	ada := s.add(t, "ada")
	s.add(t, "bob")
	password := func(change account.PasswordChange) func() error {
		change.UserID, change.New, change.At = "ada", hash(t, 1), start
		return func() error { return s.SetPassword(t.Context(), change) }
	}
	for i, row := range []struct {
		name        string
		change      func() error
		fails       error
		this, other wire.Reason // how the two sessions end; empty: they live
	}{
		{"stale password", password(account.PasswordChange{Old: hash(t, 9)}), account.ErrNotFound, "", ""},
		{"password, sessions kept", password(account.PasswordChange{Old: ada.PasswordHash, KeepSessions: true}), nil, "", ""},
		{"password, one session kept", password(account.PasswordChange{KeepSession: "this 2"}), nil, "", wire.ReasonPasswordChange},
		{"password", password(account.PasswordChange{}), nil, wire.ReasonPasswordChange, wire.ReasonPasswordChange},
		{"enable", func() error { return s.SetDisabled(t.Context(), "ada", time.Time{}) }, nil, "", ""},
		{"disable", func() error { return s.SetDisabled(t.Context(), "ada", start) }, nil, wire.ReasonDisabled, wire.ReasonDisabled},
	} {
		t.Run(row.name, func(t *testing.T) {
			this, other, friend := fmt.Sprint("this ", i), fmt.Sprint("other ", i), fmt.Sprint("friend ", i)
			s.begin(t, this, "ada")
			s.begin(t, other, "ada")
			s.begin(t, friend, "bob")
			if err := row.change(); !errors.Is(err, row.fails) {
				t.Fatalf("error %v, want %v", err, row.fails)
			}
			if got := s.reason(t, this); got != row.this {
				t.Errorf("this session ended with %q, want %q", got, row.this)
			}
			if got := s.reason(t, other); got != row.other {
				t.Errorf("the other session ended with %q, want %q", got, row.other)
			}
			if got := s.reason(t, friend); got != "" {
				t.Errorf("somebody else's session ended with %q", got)
			}
		})
	}
}

func disableAgain(t *testing.T, s *suite) {
	want := s.add(t, "ada")
	for _, at := range []time.Time{start, start.Add(time.Minute), {}, {}} {
		must(t, "disable or enable", s.SetDisabled(t.Context(), "ada", at))
		want.DisabledAt = at
		if got, err := s.UserByID(t.Context(), "ada"); err != nil || got != want {
			t.Errorf("%+v, error %v, want %+v", got, err, want)
		}
	}
}
