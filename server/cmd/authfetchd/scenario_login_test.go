package main_test

import (
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func loginScenarios() []scenario {
	return []scenario{
		{"S1", "the right password", theRightPassword},
		{"S2", "wrong password, unknown user, disabled user", indistinguishable},
		{"S3", "what a login may look like", loginBodies},
		{"S4", "the address in another spelling", otherSpelling},
		{"S5", "login with a live cookie", loginAgain},
		{"S6", "guessing from many addresses", guessing},
	}
}

func theRightPassword(t *testing.T, on engine) {
	for profile, pattern := range map[string]string{
		"host":       `^__Host-Http-refresh_token=[^;]+; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict$`,
		"plain":      `^refresh_token=[^;]+; Path=/api/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict$`,
		"cross-site": `^__Host-Http-refresh_token=[^;]+; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=None; Partitioned$`,
	} {
		res := on.newSite(t, "--cookie", profile).browser().Login(demoEmail, demoPassword)
		want(t, res, http.StatusCreated, "")
		if set := res.Header.Values("Set-Cookie"); len(set) != 1 || !regexp.MustCompile(pattern).MatchString(set[0]) {
			t.Errorf("%s: cookies %q", profile, set)
		}
		var body map[string]any
		res.JSON(t, &body)
		if len(body) != 3 || body["token_type"] != "Bearer" || body["expires_in"] != 300.0 || len(claims(t, tokenOf(t, res))) == 0 {
			t.Errorf("%s: %s", profile, res.Body)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", profile, got)
		}
	}
}

// That the three take the same work is for the tests of package account.
func indistinguishable(t *testing.T, on engine) {
	s := on.newSite(t)
	s.user("disabled@example.com", "correct horse")
	s.command("", "user", "disable", "|", "disabled@example.com")
	wrong := s.browser().Login(demoEmail, "another password")
	want(t, wrong, http.StatusUnauthorized, wire.InvalidCredentials)
	for name, other := range map[string]servertest.Response{
		"unknown":  s.browser().Login("nobody@example.com", "another password"),
		"disabled": s.browser().Login("disabled@example.com", "correct horse"),
	} {
		wrong.Header.Del("Date")
		other.Header.Del("Date")
		if other.Status != wrong.Status || string(other.Body) != string(wrong.Body) ||
			!maps.EqualFunc(other.Header, wrong.Header, func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }) {
			t.Errorf("%s: %d %v %s\nwrong: %d %v %s", name, other.Status, other.Header, other.Body, wrong.Status, wrong.Header, wrong.Body)
		}
	}
}

func loginBodies(t *testing.T, on engine) {
	s := on.newSite(t)
	for _, contentType := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""} {
		req := s.browser().Request("POST", "/api/auth", []byte(`{"email":"user@example.com","password":"pa55w0rd"}`))
		req.Header.Set("Content-Type", contentType)
		want(t, s.browser().Do(req), http.StatusUnsupportedMediaType, wire.UnsupportedMediaType)
	}
	want(t, s.browser().Login(demoEmail, strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge, wire.PayloadTooLarge)
	for email, password := range map[string]string{
		"long@example.com":    strings.Repeat("x", 64),
		"unicode@example.com": "пароль 🔑 密碼 ñandú",
		"bcrypt@example.com":  strings.Repeat("x", 72) + "a",
	} {
		s.user(email, password)
	}
	// bcrypt would not look at what comes after the 72nd byte.
	want(t, s.browser().Login("bcrypt@example.com", strings.Repeat("x", 72)+"b"), http.StatusUnauthorized, wire.InvalidCredentials)
}

func otherSpelling(t *testing.T, on engine) {
	s := on.newSite(t)
	subject := claims(t, s.signedIn().AccessToken)["sub"]
	for _, email := range []string{"USER@Example.COM", "  user@example.com\t"} {
		b := s.browser()
		want(t, b.Login(email, demoPassword), http.StatusCreated, "")
		if got := claims(t, b.AccessToken)["sub"]; got != subject {
			t.Errorf("%q is the account %v, want %v", email, got, subject)
		}
	}
}

func loginAgain(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	before := b.Copy()
	want(t, b.Login(demoEmail, demoPassword), http.StatusCreated, "")
	if claims(t, b.AccessToken)["sid"] == claims(t, before.AccessToken)["sid"] {
		t.Error("the session is the same")
	}
	if got := wantRefused(t, before.Refresh(), wire.SessionRevoked); got.Reason != wire.ReasonReplaced {
		t.Errorf("reason %q", got.Reason)
	}
	want(t, b.Refresh(), http.StatusOK, "")
}

func guessing(t *testing.T, on engine) {
	guess := func(s site, from, password string) servertest.Response {
		b := s.browser()
		req := b.Request("POST", "/api/auth", []byte(`{"email":"user@example.com","password":"`+password+`"}`))
		req.Header.Set("Content-Type", wire.TypeJSON)
		req.Header.Set("X-Forwarded-For", from)
		return b.Do(req)
	}
	s := on.newSite(t, "--trusted-proxy", "127.0.0.1")
	live := s.signedIn()
	for i := range 10 {
		want(t, guess(s, "192.0.2."+strconv.Itoa(i), "wrong password"), http.StatusUnauthorized, wire.InvalidCredentials)
	}
	res := guess(s, "192.0.2.100", demoPassword) // the right one waits too
	want(t, res, http.StatusTooManyRequests, wire.Throttled)
	if after, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || after < 1 || after > 900 {
		t.Errorf("Retry-After %q", res.Header.Get("Retry-After"))
	}
	want(t, live.Refresh(), http.StatusOK, "") // nobody is locked out of a session
	after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	s.advance(secs(after))
	want(t, guess(s, "192.0.2.100", demoPassword), http.StatusCreated, "")

	t.Run("a forged header", func(t *testing.T) {
		s := on.newSite(t)
		want(t, guess(s, "192.0.2.1", demoPassword), http.StatusCreated, "")
		if list := s.command("", "session", "list", "--json", "|"); !strings.Contains(list, `"address":"127.0.0.1"`) {
			t.Errorf("believed: %s", list)
		}
	})
}
