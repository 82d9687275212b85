package main_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func sessionScenarios() []scenario {
	return []scenario{
		{"S20", "a disabled user, a changed password", endedByTheAccount},
		{"S22", "logout", logout},
		{"S23", "the list of sessions", listOfSessions},
	}
}

func endedByTheAccount(t *testing.T, on engine) {
	t.Run("disabled", func(t *testing.T) {
		s := on.newSite(t)
		b := s.signedIn()
		s.command("", "user", "disable", "|", demoEmail)
		if got := wantRefused(t, b.Refresh(), wire.SessionRevoked); got.Reason != wire.ReasonDisabled {
			t.Errorf("reason %q", got.Reason)
		}
		s.command("", "user", "enable", "|", demoEmail)
		wantRefused(t, b.Refresh(), wire.SessionRevoked) // it stays ended
		s.signedIn()
	})
	t.Run("password", func(t *testing.T) {
		s := on.newSite(t)
		here, there := s.signedIn(), s.signedIn()
		change := func(old string) servertest.Response {
			return send(t, here, "PUT", "/api/users/me/password", wire.PasswordChange{OldPassword: old, NewPassword: "another password"})
		}
		want(t, change("wrong password"), http.StatusForbidden, wire.WrongPassword)
		want(t, change(demoPassword), http.StatusNoContent, "")
		want(t, here.Refresh(), http.StatusOK, "")
		if got := wantRefused(t, there.Refresh(), wire.SessionRevoked); got.Reason != wire.ReasonPasswordChange {
			t.Errorf("reason %q", got.Reason)
		}
		want(t, s.browser().Login(demoEmail, demoPassword), http.StatusUnauthorized, wire.InvalidCredentials)
		want(t, s.browser().Login(demoEmail, "another password"), http.StatusCreated, "")
	})
}

func logout(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	before := b.Copy()
	res := b.Logout()
	want(t, res, http.StatusNoContent, "")
	if set := res.Header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-Http-refresh_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict") {
		t.Errorf("the cookie is not deleted: %q", set)
	}
	want(t, before.Copy().Logout(), http.StatusNoContent, "")
	if got := wantRefused(t, before.Refresh(), wire.SessionRevoked); got.Reason != wire.ReasonLogout {
		t.Errorf("reason %q", got.Reason)
	}

	t.Run("during refreshes", func(t *testing.T) {
		b := s.signedIn()
		requests := []*http.Request{b.Request("DELETE", "/api/auth", nil)}
		requests[0].Header.Set("X-Auth-Fetch", "1")
		for range 10 {
			requests = append(requests, b.RefreshRequest())
		}
		for _, res := range together(t, requests) {
			if cookie := cookieOf(res); res.Status == http.StatusOK {
				late := s.browser()
				late.Cookie = cookie
				wantRefused(t, late.Refresh(), wire.SessionRevoked)
			}
		}
		wantRefused(t, b.Refresh(), wire.SessionRevoked)
	})
}

func listOfSessions(t *testing.T, on engine) {
	s := on.newSite(t)
	one, two, three := s.signedIn(), s.signedIn(), s.signedIn()
	stranger := s.user("ada@example.com", "correct horse")
	const path = "/api/auth/sessions"
	list := func(b *servertest.Browser) (sessions []wire.Session) {
		t.Helper()
		res := b.Get(path)
		want(t, res, http.StatusOK, "")
		for _, part := range append(strings.Split(b.Cookie, ".")[1:], strings.Split(b.AccessToken, ".")...) {
			if strings.Contains(string(res.Body), part) {
				t.Errorf("the list has a part of a token:\n%s", res.Body)
			}
		}
		var body wire.Sessions
		res.JSON(t, &body)
		return body.Sessions
	}
	sid := func(b *servertest.Browser) string { return claims(t, b.AccessToken)["sid"].(string) }

	sessions := list(one)
	if len(sessions) != 3 {
		t.Fatalf("%d sessions, want 3", len(sessions))
	}
	for _, session := range sessions {
		if session.Current != (session.ID == sid(one)) || session.Address != "127.0.0.1" || session.CreatedAt == "" || session.LastUsedAt == "" {
			t.Errorf("%+v", session)
		}
	}
	want(t, one.Delete(path+"/"+sid(stranger)), http.StatusNotFound, wire.NotFound)
	want(t, stranger.Refresh(), http.StatusOK, "")
	want(t, one.Delete(path+"/"+sid(two)), http.StatusNoContent, "")
	wantRefused(t, two.Refresh(), wire.SessionRevoked)
	want(t, two.Get(path), http.StatusUnauthorized, wire.SessionRevoked) // its access token still lives
	want(t, one.Delete(path), http.StatusNoContent, "")
	wantRefused(t, three.Refresh(), wire.SessionRevoked)
	want(t, one.Refresh(), http.StatusOK, "")
	want(t, one.Delete(path+"?scope=all"), http.StatusNoContent, "")
	if one.Cookie != "" {
		t.Errorf("the cookie is still %q", one.Cookie)
	}
	want(t, one.Get(path), http.StatusUnauthorized, wire.SessionRevoked)
}
