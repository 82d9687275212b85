package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
)

// BenchmarkS2Login reports the median times of refused logins over HTTP, at the
// cost that passwords have, in turn: wrong password, unknown user, disabled user.
// The spread is by how much the slowest is above the fastest; it should stay below
// 20 %.
//
//	go test -run '^$' -bench S2 -benchtime 100x ./server
func BenchmarkS2Login(b *testing.B) {
	s := servertest.New(b, servertest.Options{Configure: func(c *server.Config) {
		accounts, err := account.New(account.Config{Store: c.Store.(account.Store)})
		if err != nil {
			b.Fatal(err)
		}
		c.Authenticate = accounts.Authenticate
		c.Throttle.AccountFailures, c.Throttle.AddressFailures = 1<<30, 1<<30
		for _, email := range []string{"on@example.com", "off@example.com"} {
			if err := accounts.Ensure(b.Context(), account.NewUser{Email: email, Password: servertest.Password}); err != nil {
				b.Fatal(err)
			}
		}
		if err := accounts.SetDisabled(b.Context(), "off@example.com", true); err != nil {
			b.Fatal(err)
		}
	}})
	browser := s.Browser(b)
	kinds := []struct{ name, email string }{
		{"wrong", "on@example.com"}, {"unknown", "nobody@example.com"}, {"disabled", "off@example.com"},
	}
	times := make([][]time.Duration, len(kinds))
	for b.Loop() {
		for i, kind := range kinds {
			start := time.Now()
			if res := browser.Login(kind.email, "wrong password"); res.Status != http.StatusUnauthorized {
				b.Fatalf("%s: %d %s", kind.name, res.Status, res.Body)
			}
			times[i] = append(times[i], time.Since(start))
		}
	}
	var medians []float64
	for i, kind := range kinds {
		slices.Sort(times[i])
		median := float64(times[i][len(times[i])/2].Microseconds()) / 1000
		medians = append(medians, median)
		b.ReportMetric(median, fmt.Sprintf("ms/%s", kind.name))
	}
	b.ReportMetric(100*(slices.Max(medians)/slices.Min(medians)-1), "%spread")
}
