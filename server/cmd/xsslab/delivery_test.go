package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// Where the tokens are, once somebody has signed in.
func TestDeliveries(t *testing.T) {
	l := start(t)
	for _, row := range []struct {
		room           string
		body           []string // fields with tokens
		cookies        []string
		httpOnly       bool
		apiTakesCookie bool
	}{
		{room: "local", body: []string{"access_token", "refresh_token"}},
		{room: "session", body: []string{"access_token", "refresh_token"}},
		{room: "cookies", cookies: []string{"lab_cookies_access", "lab_cookies_refresh"}},
		{room: "httponly", cookies: []string{"lab_httponly_access", "lab_httponly_refresh"}, httpOnly: true, apiTakesCookie: true},
		{room: "hybrid", body: []string{"access_token"}, cookies: []string{"lab_hybrid_refresh"}, httpOnly: true},
		{room: "memory", body: []string{"access_token"}, cookies: []string{"lab_memory_refresh"}, httpOnly: true},
		{room: "b-local", body: []string{"access_token"}, cookies: []string{"lab_b-local_refresh"}, httpOnly: true},
		{room: "strict", body: []string{"access_token"}, cookies: []string{"lab_strict_refresh"}, httpOnly: true},
	} {
		t.Run(row.room, func(t *testing.T) {
			res, said := l.signIn(row.room)
			for _, field := range []string{"access_token", "refresh_token"} {
				_, has := said[field]
				if want := strings.Contains(strings.Join(row.body, " "), field); has != want {
					t.Errorf("%s is in the body: %v, want %v", field, has, want)
				}
			}
			var cookies []string
			for _, cookie := range res.Cookies() {
				cookies = append(cookies, cookie.Name+"="+cookie.Value)
				if !strings.Contains(strings.Join(row.cookies, " "), cookie.Name) || cookie.HttpOnly != row.httpOnly || cookie.SameSite != http.SameSiteStrictMode {
					t.Errorf("the cookie %s", cookie)
				}
			}
			if len(cookies) != len(row.cookies) {
				t.Errorf("%d cookies, want %q", len(cookies), row.cookies)
			}
			asked, _ := l.do(http.MethodGet, l.room(row.room)+"api/users/me", "", http.Header{"Cookie": {strings.Join(cookies, "; ")}})
			if got := asked.StatusCode == http.StatusOK; got != row.apiTakesCookie {
				t.Errorf("the API, asked with cookies alone: %d", asked.StatusCode)
			}
		})
	}
}

// Behind a careless delivery there is the real thing: a replaced refresh token that
// comes back ends the session.
func TestRotationIsReal(t *testing.T) {
	l := start(t)
	_, first := l.signIn("local")
	refresh := func(token any) (status int, next any, code any) {
		res, body := l.do(http.MethodPost, l.room("local")+"api/auth/refresh", jsonText(map[string]any{"refresh_token": token}),
			http.Header{"Content-Type": {"application/json"}})
		said := decode(t, body)
		return res.StatusCode, said["refresh_token"], said["code"]
	}
	_, second, _ := refresh(first["refresh_token"])
	_, third, _ := refresh(second)
	_, _, _ = refresh(third)
	if status, _, code := refresh(first["refresh_token"]); status != http.StatusUnauthorized || code != "refresh_reused" {
		t.Errorf("the first one, after three rotations: %d %v", status, code)
	}
	if status, _, code := refresh(third); status != http.StatusUnauthorized || code != "session_revoked" {
		t.Errorf("the owner's, afterwards: %d %v", status, code)
	}
	if status, _, code := refresh(""); status != http.StatusUnauthorized || code != "refresh_missing" {
		t.Errorf("none: %d %v", status, code)
	}
}
