package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func recoveryScenarios() []scenario {
	return []scenario{
		{"S13", "a lost answer, and a thief", lostOrStolen},
		{"S14", "an answer lost two hours ago", lostLongAgo},
		{"S15", "other sessions live on, and one alarm is enough", oneAlarm},
		{"S18", "the cookie of one user, the access token of another", switched},
		{"S19", "a refused refresh leaves the cookie alone", leavesTheCookie},
	}
}

// lose refreshes without the answer arriving.
func lose(t *testing.T, b *servertest.Browser) {
	t.Helper()
	want(t, b.Copy().Refresh(), http.StatusOK, "")
}

func lostOrStolen(t *testing.T, on engine) {
	t.Run("the successor was used", func(t *testing.T) {
		s := on.newSite(t)
		b := s.signedIn()
		thief := b.Copy()
		want(t, b.Refresh(), http.StatusOK, "")
		want(t, b.Get(me), http.StatusOK, "")
		s.advance(31 * time.Second)
		wantRefused(t, thief.Refresh(), wire.RefreshReused)
		wantRefused(t, b.Refresh(), wire.SessionRevoked)
	})
	t.Run("the answer was lost", func(t *testing.T) {
		s := on.newSite(t)
		b := s.signedIn()
		lose(t, b)
		s.advance(5 * time.Minute)
		want(t, without(b).Refresh(), http.StatusOK, "")
	})
}

func lostLongAgo(t *testing.T, on engine) {
	s := on.newSite(t)
	for proof, code := range map[bool]wire.Code{true: "", false: wire.RefreshReused} {
		b := s.signedIn()
		lose(t, b)
		s.advance(2 * time.Hour)
		if proof {
			want(t, b.Refresh(), http.StatusOK, "")
		} else {
			wantRefused(t, without(b).Refresh(), code)
		}
	}
}

func oneAlarm(t *testing.T, on engine) {
	s := on.newSite(t)
	stolen, other := s.signedIn(), s.signedIn()
	thief := without(stolen)
	for range 3 {
		want(t, stolen.Refresh(), http.StatusOK, "")
	}
	wantRefused(t, thief.Refresh(), wire.RefreshReused)
	wantRefused(t, thief.Refresh(), wire.SessionRevoked)
	want(t, other.Refresh(), http.StatusOK, "")
	if log := s.stop().err; strings.Count(log, "level=WARN") != 1 || strings.Count(log, "outcome=reused") != 1 {
		t.Errorf("not one alarm:\n%s", log)
	}
}

func switched(t *testing.T, on engine) {
	s := on.newSite(t)
	a, b := s.signedIn(), s.user("ada@example.com", "correct horse")
	mixed := a.Copy()
	mixed.AccessToken = b.AccessToken
	wantRefused(t, mixed.Refresh(), wire.AccountSwitched)
	mixed.AccessToken = "garbage"
	wantRefused(t, mixed.Refresh(), wire.InvalidToken)
	want(t, a.Refresh(), http.StatusOK, "")
	if gen := claims(t, a.AccessToken)["gen"]; gen != 1.0 {
		t.Errorf("generation %v: a refused refresh has rotated", gen)
	}
}

func leavesTheCookie(t *testing.T, on engine) {
	s := on.newSite(t)
	with := func(cookie string) *servertest.Browser {
		b := s.browser()
		b.Cookie = cookie
		return b
	}
	dead, old, live, other := s.signedIn(), s.signedIn(), s.signedIn(), s.signedIn()
	deadCookie := dead.Cookie
	want(t, dead.Logout(), http.StatusNoContent, "")
	older := old.Cookie
	want(t, old.Refresh(), http.StatusOK, "")

	wantRefused(t, with("").Refresh(), wire.RefreshMissing)
	wantRefused(t, with("__Host-Http-refresh_token=garbage").Refresh(), wire.RefreshMalformed)
	wantRefused(t, with(deadCookie).Refresh(), wire.SessionRevoked)
	// Two cookies: the live one, the newer one; of two live sessions neither.
	want(t, with(deadCookie+"; "+live.Cookie).Refresh(), http.StatusOK, "")
	want(t, with(older+"; "+old.Cookie).Refresh(), http.StatusOK, "")
	wantRefused(t, with(old.Cookie+"; "+other.Cookie).Refresh(), wire.AmbiguousCookie)
	want(t, other.Refresh(), http.StatusOK, "")
}
