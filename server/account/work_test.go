package account_test

import (
	"errors"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/account"
)

// hashMemory is what one hash takes in these tests, far more than anything else
// that a login allocates.
const hashMemory = 8 << 20

// hashes counts the password hashes that f makes, by the memory that they take:
// each fills its own, and nothing else takes as much.
func hashes(f func()) int {
	allocated := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := allocated()
	f()
	return int((allocated() - before + hashMemory/2) / hashMemory)
}

// TestS2EqualWork counts the work behind each answer. How long it takes, the
// benchmark BenchmarkS2Login in package server measures.
func TestS2EqualWork(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: account.Params{Memory: hashMemory >> 10, Passes: 1, Lanes: 1}})
	add(t, s, "ada@example.com")
	add(t, s, "off@example.com")
	if err := s.SetDisabled(t.Context(), "off@example.com", true); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, email, password string
		want                  int
		err                   error
	}{
		{"right", "ada@example.com", password, 1, nil},
		{"wrong password", "ada@example.com", "wrong password", 1, account.ErrInvalidCredentials},
		{"unknown user", "nobody@example.com", password, 1, account.ErrInvalidCredentials},
		{"disabled user", "off@example.com", password, 1, account.ErrInvalidCredentials},
		{"disabled user, wrong password", "off@example.com", "wrong password", 1, account.ErrInvalidCredentials},
		{"no email address", "ada", password, 1, account.ErrInvalidCredentials},
		{"a password that nobody can have", "ada@example.com", strings.Repeat("x", 3000), 0, account.ErrInvalidCredentials},
		{"a password that nobody can have, unknown user", "nobody@example.com", strings.Repeat("x", 3000), 0, account.ErrInvalidCredentials},
	} {
		t.Run(row.name, func(t *testing.T) {
			var err error
			got := hashes(func() { _, err = s.Authenticate(t.Context(), row.email, row.password) })
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if got != row.want {
				t.Errorf("%d hashes, want %d", got, row.want)
			}
		})
	}
}

// TestWhatAPasswordChangeCosts: a guess costs one hash, and a change that cannot
// be costs none.
func TestWhatAPasswordChangeCosts(t *testing.T) {
	s := service(t, account.Config{Store: open(t), Params: account.Params{Memory: hashMemory >> 10, Passes: 1, Lanes: 1}})
	ada := add(t, s, "ada@example.com")
	for _, row := range []struct {
		name, id, old, changed string
		want                   int
		err                    error
	}{
		{"too short", ada.ID, password, "1234567", 0, account.ErrInvalidPassword},
		{"the same", ada.ID, password, password, 0, account.ErrSamePassword},
		{"wrong", ada.ID, "a guess", "another password", 1, account.ErrInvalidCredentials},
		{"unknown user", "nobody", password, "another password", 0, account.ErrNotFound},
		{"right", ada.ID, password, "another password", 2, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var err error
			got := hashes(func() { err = s.ChangePassword(t.Context(), row.id, row.old, row.changed, "") })
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if got != row.want {
				t.Errorf("%d hashes, want %d", got, row.want)
			}
		})
	}
}
