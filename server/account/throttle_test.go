package account_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

var (
	key        = secret.New([]byte(strings.Repeat("k", 32)))
	ada        = account.Attempt{Account: "ada@example.com", Address: netip.MustParseAddr("192.0.2.1")}
	wrong      = func() error { return fmt.Errorf("checking: %w", account.ErrInvalidCredentials) }
	right      = func() error { return nil }
	errTrouble = errors.New("directory server down")
)

// throttle counts in a store, at noon.
func throttle(t *testing.T, store account.ThrottleStore, policy account.ThrottlePolicy) *account.Throttle {
	t.Helper()
	th, err := account.NewThrottle(account.ThrottleConfig{
		Store: store, Key: key, Policy: policy, Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// fails makes attempts that fail, all of which have to be let through.
func fails(t *testing.T, th *account.Throttle, n int, who account.Attempt) {
	t.Helper()
	for i := range n {
		if err := th.Try(t.Context(), who, wrong); !errors.Is(err, account.ErrInvalidCredentials) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
}

// wantThrottled wants the right password to be refused without being looked at.
func wantThrottled(t *testing.T, th *account.Throttle, who account.Attempt) {
	t.Helper()
	err := th.Try(t.Context(), who, func() error {
		t.Error("the password was checked")
		return nil
	})
	throttled, ok := errors.AsType[*account.ThrottleError](err)
	if !ok || !errors.Is(err, account.ErrThrottled) || throttled.RetryAfter != 15*time.Minute {
		t.Fatalf("error %v, want to wait 15 minutes", err)
	}
}

func TestThrottleCountsByAccount(t *testing.T) {
	for _, row := range []struct {
		name      string
		first     account.Attempt // fails ten times
		second    account.Attempt
		throttled bool
	}{
		{"the same", ada, ada, true},
		{"from another address", ada, account.Attempt{Account: ada.Account, Address: netip.MustParseAddr("192.0.2.2")}, true},
		{"in other case", ada, account.Attempt{Account: " ADA@Example.com", Address: ada.Address}, true},
		{"somebody else", ada, account.Attempt{Account: "bob@example.com", Address: ada.Address}, false},
		{"no email address, in other case", account.Attempt{Account: "ada"}, account.Attempt{Account: "Ada "}, true},
		{"without addresses", account.Attempt{Account: "a@b"}, account.Attempt{Account: "c@d"}, false},
		{"proved again by who is signed in", ada, account.Attempt{UserID: "ada@example.com", Address: ada.Address}, false},
		{"proved again too often", account.Attempt{UserID: "1"}, account.Attempt{UserID: "1"}, true},
		{"proved again by two", account.Attempt{UserID: "1"}, account.Attempt{UserID: "2"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			th := throttle(t, open(t), account.ThrottlePolicy{})
			fails(t, th, 10, row.first)
			if row.throttled {
				wantThrottled(t, th, row.second)
			} else {
				fails(t, th, 1, row.second)
			}
		})
	}
}

func TestThrottleCountsByAddress(t *testing.T) {
	for _, row := range []struct {
		name, first, second string
		throttled           bool
	}{
		{"the same", "192.0.2.1", "192.0.2.1", true},
		{"another", "192.0.2.1", "192.0.2.2", false},
		{"IPv4 in IPv6", "192.0.2.1", "::ffff:192.0.2.1", true},
		{"another host of an IPv6 network", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"another IPv6 network", "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"a zone", "fe80::1", "fe80::1%eth0", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			th := throttle(t, open(t), account.ThrottlePolicy{AddressFailures: 3})
			for i := range 3 { // an account each
				fails(t, th, 1, account.Attempt{Account: fmt.Sprint(i), Address: netip.MustParseAddr(row.first)})
			}
			second := account.Attempt{Account: "ada@example.com", Address: netip.MustParseAddr(row.second)}
			if row.throttled {
				wantThrottled(t, th, second)
			} else {
				fails(t, th, 1, second)
			}
		})
	}
}

func TestSuccessClearsTheAccountAndNotTheAddress(t *testing.T) {
	th := throttle(t, open(t), account.ThrottlePolicy{AddressFailures: 20})
	for range 2 {
		fails(t, th, 9, ada)
		if err := th.Try(t.Context(), ada, right); err != nil {
			t.Fatal(err)
		}
	}
	fails(t, th, 2, ada)
	wantThrottled(t, th, ada)
}

// TestManySuccesses is about an office behind one address.
func TestManySuccesses(t *testing.T) {
	th := throttle(t, open(t), account.ThrottlePolicy{AddressFailures: 3})
	for i := range 50 {
		who := account.Attempt{Account: fmt.Sprint(i, "@example.com"), Address: ada.Address}
		if err := th.Try(t.Context(), who, right); err != nil {
			t.Fatalf("login %d: %v", i, err)
		}
	}
}

func TestTooManyAttemptsUnderWay(t *testing.T) {
	for _, unlimited := range []bool{false, true} {
		th := throttle(t, open(t), account.ThrottlePolicy{Parallel: 1, InsecureUnlimited: unlimited})
		err := th.Try(t.Context(), ada, func() error {
			return th.Try(t.Context(), account.Attempt{Account: "bob@example.com"}, right)
		})
		if !errors.Is(err, account.ErrBusy) {
			t.Errorf("error %v, want ErrBusy", err)
		}
	}
}

func TestRegistrationsAreCountedApart(t *testing.T) {
	th := throttle(t, open(t), account.ThrottlePolicy{AddressFailures: 3})
	register := func(result error) error {
		return th.TryRegister(t.Context(), ada.Address, func() error { return result })
	}
	for range 5 { // no account was made, and nothing was learnt
		if err := register(account.ErrInvalidEmail); !errors.Is(err, account.ErrInvalidEmail) {
			t.Fatal(err)
		}
	}
	for _, result := range []error{nil, account.ErrEmailTaken, nil} {
		if err := register(result); !errors.Is(err, result) {
			t.Fatal(err)
		}
	}
	if err := register(nil); !errors.Is(err, account.ErrThrottled) {
		t.Errorf("error %v, want ErrThrottled", err)
	}
	if err := th.TryRegister(t.Context(), netip.MustParseAddr("192.0.2.2"), right); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	if err := th.TryRegister(t.Context(), netip.Addr{}, right); err != nil {
		t.Errorf("from no address: %v", err)
	}
	fails(t, th, 3, ada)
}

func TestThrottlePrune(t *testing.T) {
	store, now := open(t), noon
	th, err := account.NewThrottle(account.ThrottleConfig{Store: store, Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	fails(t, th, 1, ada)
	for _, want := range []int{0, 2, 0} {
		if removed, err := th.Prune(t.Context()); err != nil || removed != want {
			t.Errorf("removed %d, error %v, want %d", removed, err, want)
		}
		now = noon.Add(15 * time.Minute)
	}
}

// TestAnUnreachableStoreChecksNoPassword: whoever takes the database down does not
// get unlimited guesses.
func TestAnUnreachableStoreChecksNoPassword(t *testing.T) {
	store := open(t)
	th := throttle(t, store, account.ThrottlePolicy{})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	err := th.Try(t.Context(), ada, func() error {
		t.Error("the password was checked")
		return nil
	})
	if !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

// TestTheStoreLearnsNoNames looks for what was typed in all files of the database.
func TestTheStoreLearnsNoNames(t *testing.T) {
	dir := t.TempDir()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(dir, "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // nothing depends on it
	th := throttle(t, store, account.ThrottlePolicy{})
	fails(t, th, 1, account.Attempt{Account: "hunter2hunter2", Address: netip.MustParseAddr("198.51.100.77")})
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files %q, error %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"hunter2", "198.51.100.77"} {
			if strings.Contains(string(content), typed) {
				t.Errorf("%s contains %s", filepath.Base(file), typed)
			}
		}
	}
}

func TestThrottleConfig(t *testing.T) {
	store := open(t)
	for name, config := range map[string]account.ThrottleConfig{
		"no store":          {Key: key},
		"no key":            {Store: store},
		"a short key":       {Store: store, Key: secret.New([]byte("short"))},
		"negative failures": {Store: store, Key: key, Policy: account.ThrottlePolicy{AccountFailures: -1}},
		"negative address":  {Store: store, Key: key, Policy: account.ThrottlePolicy{AddressFailures: -1}},
		"negative window":   {Store: store, Key: key, Policy: account.ThrottlePolicy{Window: -1}},
		"negative pause":    {Store: store, Key: key, Policy: account.ThrottlePolicy{MaxPause: -1}},
		"negative parallel": {Store: store, Key: key, Policy: account.ThrottlePolicy{Parallel: -1}},
		"pause too short":   {Store: store, Key: key, Policy: account.ThrottlePolicy{Window: time.Hour, MaxPause: time.Minute}},
	} {
		if _, err := account.NewThrottle(config); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
