package server_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// logoutRequest is a logout with that cookie and that access token.
func logoutRequest(b *servertest.Browser, cookie, access string) *http.Request {
	req := header{"X-Auth-Fetch": "1"}.on(b.Request(http.MethodDelete, pathAuth, nil))
	req.Header.Del("Cookie")
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	if access != "" {
		req.Header.Set("Authorization", "Bearer "+access)
	}
	return req
}

func TestS22LogoutTwice(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	cookie := b.Cookie
	for range 2 {
		res := b.Do(logoutRequest(b, cookie, ""))
		wantStatus(t, res, http.StatusNoContent)
		set := res.Header.Values("Set-Cookie")
		if len(set) != 1 || !strings.HasPrefix(set[0], "__Host-Http-refresh_token=; Path=/; Max-Age=0;") {
			t.Errorf("Set-Cookie %q, want the cookie deleted", set)
		}
	}
	if p := wantRefusal(t, b.Do(presents(b, cookie)), wire.SessionRevoked); p.Reason != wire.ReasonLogout {
		t.Errorf("reason %q, want logout", p.Reason)
	}
}

func TestS22WhatLogoutGoesBy(t *testing.T) {
	s := start(t)
	for _, row := range []struct {
		name    string
		request func(before, b *servertest.Browser) *http.Request
		status  int
		ended   bool
	}{
		{"the cookie", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, b.Cookie, "") }, 204, true},
		{"its predecessor", func(before, b *servertest.Browser) *http.Request { return logoutRequest(b, before.Cookie, "") }, 204, true},
		{"the access token alone", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, "", b.AccessToken) }, 204, true},
		{"the cookie beside a forged access token", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, b.Cookie, "garbage") }, 204, true},
		{"a forged access token alone", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, "", "garbage") }, 401, false},
		{"nothing", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, "", "") }, 204, false},
		{"garbage in the cookie", func(_, b *servertest.Browser) *http.Request { return logoutRequest(b, b.Cookie+"x", "") }, 204, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := signedIn(t, s)
			before := b.Copy()
			wantStatus(t, b.Refresh(), http.StatusOK)
			wantStatus(t, b.Do(row.request(before, b)), row.status)
			res := b.Refresh()
			if row.ended {
				wantRefusal(t, res, wire.SessionRevoked)
			} else {
				wantStatus(t, res, http.StatusOK)
			}
		})
	}
	t.Run("an access token that has expired", func(t *testing.T) {
		b := signedIn(t, s)
		s.Clock.Advance(time.Hour)
		wantStatus(t, b.Do(logoutRequest(b, "", b.AccessToken)), http.StatusNoContent)
		wantRefusal(t, b.Refresh(), wire.SessionRevoked)
	})
	t.Run("two live cookies end both", func(t *testing.T) {
		one, two := signedIn(t, s), signedIn(t, s)
		wantStatus(t, one.Do(logoutRequest(one, one.Cookie+"; "+two.Cookie, "")), http.StatusNoContent)
		wantRefusal(t, one.Refresh(), wire.SessionRevoked)
		wantRefusal(t, two.Refresh(), wire.SessionRevoked)
	})
}

func TestS22LogoutBesideTenRefreshes(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	tabs := make([]*servertest.Browser, 10)
	var wg sync.WaitGroup
	for i := range tabs {
		tabs[i] = b.Copy()
		wg.Go(func() { tabs[i].Refresh() })
	}
	leaving := b.Copy()
	wg.Go(func() { leaving.Logout() })
	wg.Wait()
	for _, tab := range append(tabs, b) {
		wantRefusal(t, tab.Refresh(), wire.SessionRevoked)
	}
}
