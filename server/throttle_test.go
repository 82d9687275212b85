package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// guess signs in with a wrong password, as a client that claims to be at that
// address; empty: it claims nothing.
func guess(b *servertest.Browser, email, address string) servertest.Response {
	req := loginRequest(b, fmt.Sprintf(`{"email":%q,"password":"a guess"}`, email))
	if address != "" {
		req.Header.Set("X-Forwarded-For", address)
	}
	return b.Do(req)
}

// guesses makes guesses, all of which have to be looked at.
func guesses(t *testing.T, b *servertest.Browser, n int, email string) {
	t.Helper()
	for range n {
		wantRefusal(t, guess(b, email, ""), wire.InvalidCredentials)
	}
}

// wantThrottled checks a refusal and how long to wait.
func wantThrottled(t *testing.T, res servertest.Response, wait time.Duration) {
	t.Helper()
	wantRefusal(t, res, wire.Throttled)
	if got := res.Header.Get(wire.HeaderRetryAfter); got != strconv.Itoa(int(wait.Seconds())) {
		t.Errorf("Retry-After %s, want %v", got, wait)
	}
}

// behindProxy trusts who is on this machine.
func behindProxy(c *server.Config) {
	c.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

func TestS6TenWrongPasswordsFromTenAddresses(t *testing.T) {
	s := start(t, behindProxy)
	b := s.Browser(t)
	for i := range 10 {
		wantRefusal(t, guess(b, servertest.Email, fmt.Sprint("203.0.113.", i)), wire.InvalidCredentials)
	}
	wantThrottled(t, guess(b, servertest.Email, "203.0.113.10"), 15*time.Minute)
	right := header{"X-Forwarded-For": "203.0.113.11"}.on(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`))
	wantThrottled(t, b.Do(right), 15*time.Minute) // the right password waits too
	wantRefusal(t, guess(b, "bob@example.com", "203.0.113.10"), wire.InvalidCredentials)
}

func TestS6ForgedAddresses(t *testing.T) {
	for _, row := range []struct {
		name, sent string // the client writes the %d
		configure  func(*server.Config)
		throttled  bool
	}{
		{"no proxy is trusted", "203.0.113.%d", func(*server.Config) {}, true},
		{"left of what the proxy wrote", "203.0.113.%d, 198.51.100.7", behindProxy, true},
		{"what the proxy wrote", "198.51.100.7, 203.0.113.%d", behindProxy, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, row.configure, func(c *server.Config) { c.Throttle.AddressFailures = 5 })
			b := s.Browser(t)
			one := func(i int) servertest.Response {
				return guess(b, fmt.Sprint(i, "@example.com"), fmt.Sprintf(row.sent, i))
			}
			for i := range 5 {
				wantRefusal(t, one(i), wire.InvalidCredentials)
			}
			if row.throttled {
				wantThrottled(t, one(5), 15*time.Minute)
			} else {
				wantRefusal(t, one(5), wire.InvalidCredentials)
			}
		})
	}
}

func TestThrottledForAWhile(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	for _, pause := range []time.Duration{15 * time.Minute, 30 * time.Minute} {
		guesses(t, b, 10, servertest.Email)
		wantThrottled(t, guess(b, servertest.Email, ""), pause)
		s.Clock.Advance(pause - 1500*time.Millisecond)
		wantThrottled(t, guess(b, servertest.Email, ""), 2*time.Second) // rounded up
		s.Clock.Advance(1500 * time.Millisecond)
	}
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	guesses(t, b, 10, servertest.Email)
	wantThrottled(t, guess(b, servertest.Email, ""), 15*time.Minute) // success has cleared all
}

// The clock was a year ahead, and is set right: nobody waits until that year is over.
func TestThrottleAfterAClockWasSetBack(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for failures, name := range map[int]string{10: "in a pause", 9: "in a window"} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := s.Browser(t)
			s.Clock.Advance(year)
			guesses(t, b, failures, servertest.Email)
			s.Clock.Advance(-year)
			guesses(t, b, 9, servertest.Email) // they count anew
			wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
		})
	}
}

// TestThrottledAlike is about what an answer tells of whether there is an account,
// and about what a refused attempt costs.
func TestThrottledAlike(t *testing.T) {
	checked := 0
	s := start(t, func(c *server.Config) {
		check := c.Authenticate
		c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
			checked++
			return check(ctx, email, password)
		}
	})
	if _, err := s.Accounts.Add(t.Context(), account.NewUser{Email: "off@example.com", Password: servertest.Password}); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.SetDisabled(t.Context(), "off@example.com", true); err != nil {
		t.Fatal(err)
	}
	b := s.Browser(t)
	emails := []string{servertest.Email, "nobody@example.com", "off@example.com", "no address"}
	for _, email := range emails {
		guesses(t, b, 10, email)
	}
	first := guess(b, emails[0], "")
	wantThrottled(t, first, 15*time.Minute)
	for _, email := range emails[1:] {
		t.Run(email, func(t *testing.T) { wantSame(t, guess(b, email, ""), first) })
	}
	if checked != 40 {
		t.Errorf("%d passwords were checked, want 40", checked)
	}
}

// wantSame compares all that a client can see.
func wantSame(t *testing.T, got, want servertest.Response) {
	t.Helper()
	want.Header = want.Header.Clone()
	want.Header.Set("Date", got.Header.Get("Date"))
	if got.Status != want.Status || string(got.Body) != string(want.Body) {
		t.Errorf("%d %s, want %d %s", got.Status, got.Body, want.Status, want.Body)
	}
	if g, w := fmt.Sprint(got.Header), fmt.Sprint(want.Header); g != w {
		t.Errorf("headers %s, want %s", g, w)
	}
}

// TestNobodyIsLockedOutOfASession: whoever guesses keeps the user from signing in,
// and from nothing else.
func TestNobodyIsLockedOutOfASession(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	guesses(t, s.Browser(t), 10, servertest.Email)
	for range 3 {
		wantStatus(t, b.Refresh(), http.StatusOK)
		wantStatus(t, b.Get(pathMe), http.StatusOK)
	}
	wantStatus(t, b.Do(passwordRequest(b, servertest.Password, "another password")), http.StatusNoContent)
	wantThrottled(t, s.Browser(t).Login(servertest.Email, "another password"), 15*time.Minute)
	wantStatus(t, b.Logout(), http.StatusNoContent)
}

// TestManyLogins is about more logins at once than the server can take, with
// passwords that cost what they cost.
func TestManyLogins(t *testing.T) {
	const logins = 500
	s := start(t, func(c *server.Config) {
		accounts, err := account.New(account.Config{Store: c.Store.(account.Store), Parallel: 2})
		if err != nil {
			t.Fatal(err)
		}
		c.Authenticate = accounts.Authenticate
		addMany(t, accounts, c.Store.(account.Store), logins)
	})
	answers := make([]servertest.Response, logins)
	before := heap()
	var wg sync.WaitGroup
	for i := range logins {
		b := s.Browser(t)
		wg.Go(func() { answers[i] = b.Login(many(i), servertest.Password) })
	}
	wg.Wait()
	count := make(map[int]int)
	for _, res := range answers {
		if count[res.Status]++; res.Status != http.StatusCreated {
			wantRefusal(t, res, wire.TemporarilyUnavailable)
		}
	}
	if count[http.StatusCreated] == 0 || count[http.StatusServiceUnavailable] == 0 {
		t.Errorf("statuses and how many of each: %v, want some of 201 and some of 503", count)
	}
	// All at once, the hashes alone would take 9.5 GB.
	if after := heap(); after > before+1<<30 {
		t.Errorf("the heap has grown by %d MB", (after-before)>>20)
	}
	for i := range 3 {
		wantStatus(t, s.Browser(t).Login(many(i), servertest.Password), http.StatusCreated)
	}
}

// addMany adds users that all have one hash, which costs once.
func addMany(t *testing.T, accounts *account.Service, store account.Store, n int) {
	t.Helper()
	if _, err := accounts.Add(t.Context(), account.NewUser{Email: many(0), Password: servertest.Password}); err != nil {
		t.Fatal(err)
	}
	user, err := store.UserByEmail(t.Context(), many(0))
	for i := 1; i < n && err == nil; i++ {
		user.ID, user.Email = fmt.Sprint("user ", i), many(i)
		err = store.CreateUser(t.Context(), user)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// many is the email address of one of many.
func many(i int) string { return fmt.Sprint("user", i, "@example.com") }

// heap is the most that the heap has ever taken from the system, in bytes.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapSys
}
