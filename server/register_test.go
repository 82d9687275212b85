package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

const pathUsers = wire.DefaultPrefix + wire.PathUsers

// open starts a server that takes registrations.
func open(t *testing.T, configure ...func(*server.Config)) *servertest.Server {
	t.Helper()
	var s *servertest.Server
	s = start(t, append(configure, func(c *server.Config) {
		c.Users.Register = func(ctx context.Context, n account.NewUser) (server.User, error) { return s.Accounts.Add(ctx, n) }
	})...)
	return s
}

func registerRequest(b *servertest.Browser, body string) *http.Request {
	return header{"Content-Type": wire.TypeJSON}.on(b.Request(http.MethodPost, pathUsers, []byte(body)))
}

func registration(b *servertest.Browser, email string) *http.Request {
	body, _ := json.Marshal(wire.Registration{Email: email, Password: newPassword, Name: "Ada"}) // three strings always can be
	return registerRequest(b, string(body))
}

func TestRegister(t *testing.T) {
	s := open(t)
	b := s.Browser(t)
	res := b.Do(registration(b, " Ada@Example.com"))
	wantStatus(t, res, http.StatusCreated)
	var user wire.User
	res.JSON(t, &user)
	if user.ID == "" || user.Email != "ada@example.com" || user.Name != "Ada" || user.CreatedAt != s.Clock.Now().Format(time.RFC3339) {
		t.Errorf("user %+v", user)
	}
	if set := res.Header.Get("Set-Cookie"); set != "" || strings.Contains(string(res.Body), "token") {
		t.Errorf("a session has begun: %q, %s", set, res.Body)
	}
	sessions, err := s.Store.Sessions(t.Context(), user.ID, s.Clock.Now())
	if err != nil || len(sessions) > 0 {
		t.Errorf("%d sessions, error %v", len(sessions), err)
	}
	wantStatus(t, b.Login("ada@example.com", newPassword), http.StatusCreated)
	if got := claimsOf(t, s, b).UserID; got != user.ID {
		t.Errorf("signed in as %s, registered as %s", got, user.ID)
	}
}

func TestRegistrationRefused(t *testing.T) {
	s := open(t)
	b := s.Browser(t)
	for _, row := range []struct {
		name, body string
		want       wire.Code
		detail     string // part of it
	}{
		{"taken", `{"email":"USER@example.com","password":"correct horse"}`, wire.EmailTaken, "email address"},
		{"no email", `{"password":"correct horse"}`, wire.InvalidRequest, `"email" is missing`},
		{"no address", `{"email":"ada","password":"correct horse"}`, wire.InvalidRequest, `"email" has to be`},
		{"NUL in the address", `{"email":"a\u0000da@example.com","password":"correct horse"}`, wire.InvalidRequest, `"email" has to be`},
		{"no password", `{"email":"ada@example.com"}`, wire.InvalidRequest, `"password" is missing`},
		{"short password", `{"email":"ada@example.com","password":"1234567"}`, wire.InvalidRequest, `"password" has to be a password of 8 to 256`},
		{"two lines of name", `{"email":"ada@example.com","password":"correct horse","name":"Ada\nroot"}`, wire.InvalidRequest, `"name" has to be`},
		{"long name", `{"email":"ada@example.com","password":"correct horse","name":"` + strings.Repeat("я", 257) + `"}`, wire.InvalidRequest, `"name" has to be`},
		{"a form", ``, wire.InvalidRequest, "empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := wantRefusal(t, b.Do(registerRequest(b, row.body)), row.want)
			if !strings.Contains(p.Detail, row.detail) {
				t.Errorf("detail %q, want one that says %q", p.Detail, row.detail)
			}
		})
	}
	if users, err := s.Accounts.List(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, error %v, want the first one alone", len(users), err)
	}
}

func TestRegistrationClosed(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	wantRefusal(t, b.Do(registration(b, "ada@example.com")), wire.RegistrationClosed)
	if users, err := s.Accounts.List(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, error %v", len(users), err)
	}
}

func TestRegistrationsAreThrottledByAddress(t *testing.T) {
	s := open(t, behindProxy, func(c *server.Config) { c.Throttle.AddressFailures = 3 })
	b := s.Browser(t)
	from := func(address, email string) servertest.Response {
		return b.Do(header{"X-Forwarded-For": address}.on(registration(b, email)))
	}
	wantStatus(t, from("203.0.113.1", "a@example.com"), http.StatusCreated)
	wantRefusal(t, from("203.0.113.1", "a@example.com"), wire.EmailTaken)
	wantStatus(t, from("203.0.113.1", "b@example.com"), http.StatusCreated)
	wantThrottled(t, from("203.0.113.1", "c@example.com"), 15*time.Minute)
	wantStatus(t, from("203.0.113.2", "c@example.com"), http.StatusCreated)
}
