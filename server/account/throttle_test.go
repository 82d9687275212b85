package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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

func TestTroubleIsGivenBack(t *testing.T) {
	th := throttle(t, open(t), account.ThrottlePolicy{})
	fails(t, th, 9, ada)
	for range 20 {
		if err := th.Try(t.Context(), ada, func() error { return errTrouble }); !errors.Is(err, errTrouble) {
			t.Fatal(err)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_ = th.Try(t.Context(), ada, func() error { panic("boom") })
	}()
	fails(t, th, 1, ada)
	wantThrottled(t, th, ada)
}

// TestHangingUpCountsAll is about a client that does not wait for the answer, and
// goes to another node.
func TestHangingUpCountsAll(t *testing.T) {
	store := open(t)
	th := throttle(t, store, account.ThrottlePolicy{})
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		if err := th.Try(ctx, ada, func() error { cancel(); return wrong() }); !errors.Is(err, account.ErrInvalidCredentials) {
			t.Fatal(err)
		}
	}
	wantThrottled(t, throttle(t, store, account.ThrottlePolicy{}), ada)
}

// TestParallelGuesses holds every attempt that is let through until all of them
// have tried, on two nodes.
func TestParallelGuesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var nodes []*account.Throttle
	for range 2 {
		store, err := sqlitestore.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // nothing depends on it
		nodes = append(nodes, throttle(t, store, account.ThrottlePolicy{}))
	}
	const guesses = 60
	var checked, throttled atomic.Int64
	var all, done sync.WaitGroup
	all.Add(guesses)
	for i := range guesses {
		done.Go(func() {
			err := nodes[i%2].Try(t.Context(), ada, func() error {
				checked.Add(1)
				all.Done()
				all.Wait()
				return wrong()
			})
			switch refused, ok := errors.AsType[*account.ThrottleError](err); {
			case ok && refused.RetryAfter == time.Second:
				throttled.Add(1)
				all.Done()
			case !errors.Is(err, account.ErrInvalidCredentials):
				t.Errorf("guess %d: %v", i, err)
			}
		})
	}
	done.Wait()
	if checked.Load() != 10 || throttled.Load() != guesses-10 {
		t.Errorf("%d guesses were checked and %d refused, want 10 and %d", checked.Load(), throttled.Load(), guesses-10)
	}
	for _, node := range nodes {
		wantThrottled(t, node, ada)
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

// writes counts what reaches the store.
type writes struct {
	account.ThrottleStore
	count int
}

func (w *writes) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	w.count++
	return w.ThrottleStore.ChangeBuckets(ctx, keys, change)
}

func TestWhatALoginWrites(t *testing.T) {
	store := &writes{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	try := func(check func() error, want int) {
		t.Helper()
		store.count = 0
		_ = th.Try(t.Context(), ada, check) // what becomes of it is tested above
		if store.count != want {
			t.Errorf("%d writes, want %d", store.count, want)
		}
	}
	try(right, 1)
	try(right, 1)
	try(func() error { return errTrouble }, 1)
	try(wrong, 2)
	try(right, 2) // forgives
	try(right, 1)
	fails(t, th, 10, ada)
	try(right, 0)
}

// TestNothingStaysBehind is about the ends of attempts that are in no hurry.
func TestNothingStaysBehind(t *testing.T) {
	store := open(t)
	th := throttle(t, store, account.ThrottlePolicy{})
	for i := range 20 {
		who := account.Attempt{Account: fmt.Sprint(i, "@example.com"), Address: ada.Address}
		if err := th.Try(t.Context(), who, right); err != nil {
			t.Fatal(err)
		}
	}
	// The account and the address of the last one.
	if left, err := store.DeleteBuckets(t.Context(), noon.Add(time.Hour)); err != nil || left != 2 {
		t.Errorf("%d buckets are left, error %v, want 2", left, err)
	}
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

// failing is a store whose writes fail for a while.
type failing struct {
	account.ThrottleStore
	down bool
}

func (f *failing) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	if f.down {
		return rotation.ErrUnavailable
	}
	return f.ThrottleStore.ChangeBuckets(ctx, keys, change)
}

// TestAFailureThatCannotBeWritten counts all the same.
func TestAFailureThatCannotBeWritten(t *testing.T) {
	store := &failing{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	for range 10 {
		err := th.Try(t.Context(), ada, func() error { store.down = true; return wrong() })
		if !errors.Is(err, account.ErrInvalidCredentials) {
			t.Fatal(err)
		}
		store.down = false
	}
	wantThrottled(t, th, ada)
}

// TestWhatWaitsSurvivesAFailure is about the ends of attempts that are in no hurry,
// when the write that they wait for fails.
func TestWhatWaitsSurvivesAFailure(t *testing.T) {
	store := &failing{ThrottleStore: open(t)}
	th := throttle(t, store, account.ThrottlePolicy{})
	for _, row := range []struct {
		account string
		down    bool
		want    error
	}{{"a@b", false, nil}, {"c@d", true, rotation.ErrUnavailable}, {"e@f", false, nil}} {
		store.down = row.down
		if err := th.Try(t.Context(), account.Attempt{Account: row.account}, right); !errors.Is(err, row.want) {
			t.Fatalf("%s: %v", row.account, err)
		}
	}
	if left, err := store.DeleteBuckets(t.Context(), noon.Add(time.Hour)); err != nil || left != 1 {
		t.Errorf("%d buckets are left, error %v, want that of the last attempt", left, err)
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
