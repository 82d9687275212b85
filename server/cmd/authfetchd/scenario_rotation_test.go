package main_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func rotationScenarios() []scenario {
	return []scenario{
		{"S10", "both tokens are new, the session is the same", rotates},
		{"S11", "twenty refreshes with one cookie", storm},
		{"S12", "a replaced token, soon after", replaced},
		{"S16", "a changed token, and one of another deployment", malformed},
		{"S17", "idle and absolute expiry", expiry},
	}
}

func rotates(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	for range 5 {
		before := b.Copy()
		want(t, b.Refresh(), http.StatusOK, "")
		if b.AccessToken == before.AccessToken || b.Cookie == before.Cookie {
			t.Error("a token is the same")
		}
		if claims(t, b.AccessToken)["sid"] != claims(t, before.AccessToken)["sid"] {
			t.Error("the session is another")
		}
	}
	if list := s.command("", "session", "list", "--json", "|"); strings.Count(list, "\n") != 1 {
		t.Errorf("the sessions are\n%s", list)
	}
}

// storm comes to two servers at the same time.
func storm(t *testing.T, on engine) {
	s := on.newSite(t, "--issuer", issuer)
	b := s.signedIn()
	other := servertest.NewBrowser(t, s.node("--issuer", issuer).url)
	other.Cookie, other.AccessToken = b.Cookie, b.AccessToken
	var requests []*http.Request
	for range 10 {
		requests = append(requests, b.RefreshRequest(), other.RefreshRequest())
	}
	cookies, generations := map[string]bool{}, map[any]bool{}
	for _, res := range together(t, requests) {
		want(t, res, http.StatusOK, "")
		cookies[cookieOf(res)] = true
		generations[claims(t, tokenOf(t, res))["gen"]] = true
	}
	if len(cookies) != 1 || len(generations) != 1 || !generations[1.0] {
		t.Errorf("%d successors, generations %v", len(cookies), generations)
	}
}

func replaced(t *testing.T, on engine) {
	t.Run("the predecessor has the same successor", func(t *testing.T) {
		s := on.newSite(t)
		b := s.signedIn()
		late := b.Copy()
		want(t, b.Refresh(), http.StatusOK, "")
		s.advance(5 * time.Second)
		want(t, late.Refresh(), http.StatusOK, "")
		if late.Cookie != b.Cookie {
			t.Error("it has another one")
		}
	})
	t.Run("two generations old", func(t *testing.T) {
		s := on.newSite(t)
		b := s.signedIn()
		old := b.Copy()
		want(t, b.Refresh(), http.StatusOK, "")
		want(t, b.Refresh(), http.StatusOK, "")
		wantRefused(t, old.Refresh(), wire.RefreshSuperseded)
		want(t, b.Copy().Refresh(), http.StatusOK, "")
		s.advance(31 * time.Second)
		wantRefused(t, old.Refresh(), wire.RefreshReused)
		if got := wantRefused(t, b.Refresh(), wire.SessionRevoked); got.Reason != wire.ReasonReuse {
			t.Errorf("reason %q", got.Reason)
		}
	})
	t.Run("three generations old", func(t *testing.T) {
		b := on.newSite(t).signedIn()
		old := b.Copy()
		for range 3 {
			want(t, b.Refresh(), http.StatusOK, "")
		}
		wantRefused(t, old.Refresh(), wire.RefreshReused)
	})
}

// malformed changes each character of the token, in its lowest bit.
func malformed(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	name, value, _ := strings.Cut(b.Cookie, "=")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range value {
		changed := byte('A')
		if at := strings.IndexByte(alphabet, value[i]); at >= 0 {
			changed = alphabet[at^1]
		}
		forged := without(b)
		forged.Cookie = name + "=" + value[:i] + string(changed) + value[i+1:]
		if res := forged.Refresh(); res.Status != http.StatusUnauthorized || res.Problem(t).Code != wire.RefreshMalformed {
			t.Errorf("character %d changed: %d %s", i, res.Status, res.Body)
		}
	}
	foreign := without(b)
	foreign.Cookie = on.newSite(t).signedIn().Cookie
	wantRefused(t, foreign.Refresh(), wire.RefreshMalformed)
	want(t, b.Refresh(), http.StatusOK, "")
}

func expiry(t *testing.T, on engine) {
	start := func(t *testing.T) (site, *servertest.Browser) {
		s := on.newSite(t, "--idle-ttl", "1h", "--absolute-ttl", "150m")
		return s, s.signedIn()
	}
	t.Run("idle", func(t *testing.T) {
		s, b := start(t)
		s.advance(time.Hour)
		wantRefused(t, b.Refresh(), wire.SessionExpired)
	})
	t.Run("absolute", func(t *testing.T) {
		s, b := start(t)
		for _, left := range []int{3600, 3600, 1800} {
			s.advance(40 * time.Minute)
			res := b.Refresh()
			want(t, res, http.StatusOK, "")
			if !strings.Contains(res.Header.Get("Set-Cookie"), "; Max-Age="+strconv.Itoa(left)+";") {
				t.Errorf("%d seconds are left: %s", left, res.Header.Get("Set-Cookie"))
			}
		}
		s.advance(30 * time.Minute)
		wantRefused(t, b.Refresh(), wire.SessionExpired)
	})
}
