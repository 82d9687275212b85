package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestS11ParallelRefreshes(t *testing.T) {
	first := start(t)
	nodes := []*servertest.Server{first, servertest.New(t, servertest.Options{Dir: first.Dir})}
	for n := 1; n <= len(nodes); n++ {
		t.Run(fmt.Sprintf("on %d nodes", n), func(t *testing.T) {
			b := signedIn(t, first)
			const parallel = 20
			answers := make([]servertest.Response, parallel)
			var wg sync.WaitGroup
			for i := range parallel {
				tab := nodes[i%n].Browser(t)
				tab.AccessToken, tab.Cookie = b.AccessToken, b.Cookie
				wg.Go(func() { answers[i] = tab.Refresh() })
			}
			wg.Wait()
			successors := make(map[string]bool)
			for _, res := range answers {
				wantStatus(t, res, http.StatusOK)
				cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
				successors[cookie] = true
			}
			if len(successors) != 1 {
				t.Fatalf("%d different successors, want one", len(successors))
			}
			for cookie := range successors {
				b.Cookie = cookie
			}
			wantStatus(t, b.Refresh(), http.StatusOK)
			if got := claimsOf(t, first, b).Generation; got != 2 {
				t.Errorf("generation %d after one storm and one refresh, want 2", got)
			}
		})
	}
}

func TestS12OlderTokens(t *testing.T) {
	// ages are the times between the refreshes, and between the last one and the
	// replay; the token that is replayed is the first.
	for _, row := range []struct {
		name string
		ages []time.Duration
		want wire.Code // empty: the same successor
	}{
		{"predecessor after 5 s", []time.Duration{5 * time.Second}, ""},
		{"predecessor at the end of the grace", []time.Duration{30 * time.Second}, ""},
		{"two generations old, both within the grace", []time.Duration{10 * time.Second, 10 * time.Second}, wire.RefreshSuperseded},
		{"two generations old, after the grace", []time.Duration{time.Second, 31 * time.Second}, wire.RefreshReused},
		{"three generations old, at any age", []time.Duration{0, 0, 0}, wire.RefreshReused},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t)
			b := signedIn(t, s)
			first := b.Cookie
			for _, age := range row.ages {
				wantStatus(t, b.Refresh(), http.StatusOK)
				s.Clock.Advance(age)
			}
			res := b.Do(presents(b, first))
			if row.want == "" {
				wantStatus(t, res, http.StatusOK)
				if got, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";"); got != b.Cookie {
					t.Error("another successor than the first time")
				}
				return
			}
			wantRefusal(t, res, row.want)
			newest := b.Refresh()
			if row.want == wire.RefreshSuperseded {
				wantStatus(t, newest, http.StatusOK)
				return
			}
			wantChallenge(t, res, "invalid_token")
			if p := wantRefusal(t, newest, wire.SessionRevoked); p.Reason != wire.ReasonReuse {
				t.Errorf("reason %q, want reuse", p.Reason)
			}
			if !strings.Contains(s.Log.String(), "outcome=reused") {
				t.Error("no event in the log")
			}
		})
	}
}

func TestS13S14LostAnswers(t *testing.T) {
	for _, row := range []struct {
		name   string
		used   bool // the successor was used
		proven bool // the old access token comes along
		after  time.Duration
		want   wire.Code // empty: the same successor
	}{
		{"S13 after the successor was used", true, true, 31 * time.Second, wire.RefreshReused},
		{"S13 the answer was lost, five minutes ago", false, false, 5 * time.Minute, ""},
		{"S14 two hours ago, with the old access token", false, true, 2 * time.Hour, ""},
		{"S14 two hours ago, without it", false, false, 2 * time.Hour, wire.RefreshReused},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t)
			b := signedIn(t, s)
			before := b.Copy()
			wantStatus(t, b.Refresh(), http.StatusOK)
			if row.used {
				wantStatus(t, b.Get(pathMe), http.StatusOK)
			}
			s.Clock.Advance(row.after)
			if !row.proven {
				before.AccessToken = ""
			}
			res := before.Refresh()
			if row.want != "" {
				wantRefusal(t, res, row.want)
				return
			}
			wantStatus(t, res, http.StatusOK)
			if before.Cookie != b.Cookie {
				t.Error("another successor than the one that was lost")
			}
		})
	}
}

func TestS15OtherSessionsLiveOn(t *testing.T) {
	s := start(t)
	phone, laptop := signedIn(t, s), signedIn(t, s)
	thief := laptop.Copy()
	for range 3 {
		wantStatus(t, laptop.Refresh(), http.StatusOK)
	}
	wantRefusal(t, thief.Refresh(), wire.RefreshReused)
	wantRefusal(t, thief.Refresh(), wire.SessionRevoked)
	wantStatus(t, phone.Refresh(), http.StatusOK)
	if got := strings.Count(s.Log.String(), "outcome=reused"); got != 1 {
		t.Errorf("%d alarms, want one", got)
	}
}
