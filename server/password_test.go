package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

const (
	pathPassword = wire.DefaultPrefix + wire.PathPassword
	newPassword  = "correct horse"
)

// passwordRequest is a change of password with the browser's access token.
func passwordRequest(b *servertest.Browser, old, changed string) *http.Request {
	body, _ := json.Marshal(wire.PasswordChange{OldPassword: old, NewPassword: changed}) // two strings always can be
	return passwordBody(b, string(body))
}

func passwordBody(b *servertest.Browser, body string) *http.Request {
	return header{"Content-Type": wire.TypeJSON, "Authorization": "Bearer " + b.AccessToken}.
		on(b.Request(http.MethodPut, pathPassword, []byte(body)))
}

func TestS20PasswordChange(t *testing.T) {
	s := start(t)
	this, other := signedIn(t, s), signedIn(t, s)
	res := this.Do(passwordRequest(this, servertest.Password, newPassword))
	wantStatus(t, res, http.StatusNoContent)
	if len(res.Body) > 0 || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("body %q, headers %v", res.Body, res.Header)
	}
	if p := wantRefusal(t, other.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonPasswordChange {
		t.Errorf("the other session ended with %q", p.Reason)
	}
	wantStatus(t, this.Refresh(), http.StatusOK)
	wantRefusal(t, s.Browser(t).Login(servertest.Email, servertest.Password), wire.InvalidCredentials)
	wantStatus(t, s.Browser(t).Login(servertest.Email, newPassword), http.StatusCreated)
}

func TestPasswordChangeRefused(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       wire.Code
		detail     string // part of it
	}{
		{"wrong old password", `{"old_password":"pa55w0rd ","new_password":"correct horse"}`, wire.WrongPassword, "not right"},
		{"an impossible old one", `{"old_password":"` + strings.Repeat("x", 3000) + `","new_password":"correct horse"}`, wire.WrongPassword, "not right"},
		{"no old password", `{"new_password":"correct horse"}`, wire.InvalidRequest, `"old_password" is missing`},
		{"empty old password", `{"old_password":"","new_password":"correct horse"}`, wire.InvalidRequest, `"old_password" is missing`},
		{"no new password", `{"old_password":"pa55w0rd"}`, wire.InvalidRequest, `"new_password" is missing`},
		{"short", `{"old_password":"pa55w0rd","new_password":"1234567"}`, wire.InvalidRequest, `"new_password" has to be a password of 8 to 256`},
		{"short in characters", `{"old_password":"pa55w0rd","new_password":"пароль1"}`, wire.InvalidRequest, "8 to 256"},
		{"long", `{"old_password":"pa55w0rd","new_password":"` + strings.Repeat("é", 257) + `"}`, wire.InvalidRequest, "8 to 256"},
		{"half a character", `{"old_password":"pa55w0rd","new_password":"correct \ud83d horse"}`, wire.InvalidRequest, `"new_password"`},
		{"the same", `{"old_password":"pa55w0rd","new_password":"pa55w0rd"}`, wire.InvalidRequest, "choose another"},
		{"no JSON", `old_password=pa55w0rd`, wire.InvalidRequest, "not JSON"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t)
			b, other := signedIn(t, s), signedIn(t, s)
			p := wantRefusal(t, b.Do(passwordBody(b, row.body)), row.want)
			if !strings.Contains(p.Detail, row.detail) {
				t.Errorf("detail %q, want one that says %q", p.Detail, row.detail)
			}
			wantStatus(t, other.Refresh(), http.StatusOK)
			wantStatus(t, s.Browser(t).Login(servertest.Email, servertest.Password), http.StatusCreated)
		})
	}
}

func TestPasswordChangeWantsALiveSession(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	stranger := s.Browser(t)
	wantRefusal(t, stranger.Do(header{"Content-Type": wire.TypeJSON}.on(
		stranger.Request(http.MethodPut, pathPassword, []byte(`{}`)))), wire.InvalidToken)
	thief := b.Copy()
	wantStatus(t, b.Logout(), http.StatusNoContent)
	wantRefusal(t, thief.Do(passwordRequest(thief, servertest.Password, newPassword)), wire.SessionRevoked)
	wantStatus(t, s.Browser(t).Login(servertest.Email, servertest.Password), http.StatusCreated)
}

func TestUnicodePasswords(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	const composed, decomposed = "Pässwörter 🔑", "Pa\u0308sswo\u0308rter 🔑"
	wantStatus(t, b.Do(passwordRequest(b, servertest.Password, decomposed)), http.StatusNoContent)
	wantStatus(t, s.Browser(t).Login(servertest.Email, composed), http.StatusCreated)
	wantStatus(t, b.Do(passwordRequest(b, composed, strings.Repeat("🔑", 256))), http.StatusNoContent)
	wantStatus(t, s.Browser(t).Login(servertest.Email, strings.Repeat("🔑", 256)), http.StatusCreated)
}

func TestOldPasswordsAreThrottled(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	for range 10 {
		wantRefusal(t, b.Do(passwordRequest(b, "a guess", newPassword)), wire.WrongPassword)
	}
	wantThrottled(t, b.Do(passwordRequest(b, servertest.Password, newPassword)), 15*time.Minute)
	wantStatus(t, s.Browser(t).Login(servertest.Email, servertest.Password), http.StatusCreated)
}

// TestParallelPasswordChanges: one of them wins, from two sessions.
func TestParallelPasswordChanges(t *testing.T) {
	s := start(t)
	browsers := []*servertest.Browser{signedIn(t, s), signedIn(t, s)}
	passwords := []string{"password of the first", "password of the second"}
	var results [2]servertest.Response
	var wg sync.WaitGroup
	for i, b := range browsers {
		req := passwordRequest(b, servertest.Password, passwords[i])
		wg.Go(func() { results[i] = b.Do(req) })
	}
	wg.Wait()
	winner := -1
	for i, res := range results {
		switch res.Status {
		case http.StatusNoContent:
			winner += i + 1
		case http.StatusForbidden:
			wantRefusal(t, res, wire.WrongPassword)
		default: // its session was ended by the other
			wantRefusal(t, res, wire.SessionRevoked)
		}
	}
	if winner != 0 && winner != 1 {
		t.Fatalf("%d and %d, want one success", results[0].Status, results[1].Status)
	}
	wantStatus(t, s.Browser(t).Login(servertest.Email, passwords[winner]), http.StatusCreated)
	wantStatus(t, browsers[winner].Refresh(), http.StatusOK)
	wantRefusal(t, browsers[1-winner].Refresh(), wire.SessionRevoked)
}

// TestPasswordsOfTheApplication is about users who are kept elsewhere.
func TestPasswordsOfTheApplication(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		want  wire.Code // empty: 204
		other wire.Code // to the refresh of another session; empty: it lives
	}{
		{"changed", nil, "", wire.SessionRevoked},
		{"wrong", account.ErrInvalidCredentials, wire.WrongPassword, ""},
		{"too simple", account.ErrInvalidPassword, wire.InvalidRequest, ""},
		{"deleted", account.ErrNotFound, wire.InvalidToken, ""},
		{"trouble", errors.New("directory server down"), wire.TemporarilyUnavailable, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			s := start(t, func(c *server.Config) {
				c.Users.ChangePassword = func(_ context.Context, userID, old, changed, keep string) error {
					got = []string{userID, old, changed, keep}
					return row.err
				}
			})
			b, other := signedIn(t, s), signedIn(t, s)
			claims := claimsOf(t, s, b)
			res := b.Do(passwordRequest(b, servertest.Password, newPassword))
			if row.want == "" {
				wantStatus(t, res, http.StatusNoContent)
			} else {
				wantRefusal(t, res, row.want)
			}
			if want := []string{claims.UserID, servertest.Password, newPassword, claims.SessionID}; strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("called with %q, want %q", got, want)
			}
			if row.other == "" {
				wantStatus(t, other.Refresh(), http.StatusOK)
			} else {
				wantRefusal(t, other.Refresh(), row.other)
			}
			wantStatus(t, b.Refresh(), http.StatusOK)
		})
	}
	t.Run("left to the application", func(t *testing.T) {
		s := start(t, func(c *server.Config) { c.Users.ChangePassword = nil })
		b := signedIn(t, s)
		wantRefusal(t, b.Do(passwordRequest(b, servertest.Password, newPassword)), wire.NotFound)
	})
}
