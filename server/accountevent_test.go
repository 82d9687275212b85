package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestAccountEvents(t *testing.T) {
	var heard []server.Event
	s := open(t, func(c *server.Config) {
		c.Observer = observe(func(e server.Event) { heard = append(heard, e) })
		c.Throttle.AccountFailures = 2
	})
	b := signedIn(t, s)
	signedIn(t, s)
	claims := claimsOf(t, s, b)
	change := func(old, changed string) func() servertest.Response {
		return func() servertest.Response { return b.Do(passwordRequest(b, old, changed)) }
	}
	register := func(email string) func() servertest.Response {
		return func() servertest.Response { return b.Do(registration(b, email)) }
	}
	login := func() servertest.Response { return s.Browser(t).Login("nobody@example.com", newPassword) }
	for _, row := range []struct {
		name string
		do   func() servertest.Response
		want server.Event // but for the times, the client, and the user of a registration
		code int
	}{
		{"wrong old password", change("a guess", newPassword), server.Event{Type: server.EventPasswordChange, Code: wire.WrongPassword, UserID: claims.UserID, SessionID: claims.SessionID}, 403},
		{"password change", change(servertest.Password, newPassword), server.Event{Type: server.EventPasswordChange, UserID: claims.UserID, SessionID: claims.SessionID, Sessions: 1, Reason: wire.ReasonPasswordChange}, 204},
		{"password change that ends nothing", change(newPassword, servertest.Password), server.Event{Type: server.EventPasswordChange, UserID: claims.UserID, SessionID: claims.SessionID}, 204},
		{"registration", register("ada@example.com"), server.Event{Type: server.EventRegistration}, 201},
		{"registration refused", register("ada@example.com"), server.Event{Type: server.EventRegistration, Code: wire.EmailTaken}, 409},
		{"wrong password", login, server.Event{Type: server.EventLogin, Code: wire.InvalidCredentials}, 401},
		{"another one", login, server.Event{Type: server.EventLogin, Code: wire.InvalidCredentials}, 401},
		{"throttled", login, server.Event{Type: server.EventLogin, Code: wire.Throttled}, 429},
	} {
		t.Run(row.name, func(t *testing.T) {
			heard = nil
			wantStatus(t, row.do(), row.code)
			if len(heard) != 1 {
				t.Fatalf("%d events, want one: %+v", len(heard), heard)
			}
			got := heard[0]
			if row.code == http.StatusCreated {
				if got.UserID == "" {
					t.Error("no user")
				}
				got.UserID = ""
			}
			got.Time, got.Client = time.Time{}, rotation.Client{}
			if got != row.want {
				t.Errorf("event\n%+v, want\n%+v", got, row.want)
			}
		})
	}
}
