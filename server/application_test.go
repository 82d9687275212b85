package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// What an application cannot find out is a passing trouble, whichever of its
// functions was asked; the log has the cause, and does not blame the session store.
func TestTroubleOfTheApplicationIsNoWrongPassword(t *testing.T) {
	trouble := errors.New("directory server down, bind password hunter2")
	login := func(b *servertest.Browser) servertest.Response { return b.Login(servertest.Email, servertest.Password) }
	for _, row := range []struct {
		name  string
		spoil func(c *server.Config, err error) // when the browser has signed in
		do    func(b *servertest.Browser) servertest.Response
	}{
		{"Authenticate", func(c *server.Config, err error) {
			c.Authenticate = func(context.Context, string, string) (server.User, error) { return server.User{}, err }
		}, login},
		{"Claims at login", func(c *server.Config, err error) {
			c.Users.Claims = func(context.Context, string) (map[string]any, error) { return nil, err }
		}, login},
		{"Claims that know no such user", func(c *server.Config, err error) {
			c.Users.Claims = func(context.Context, string) (map[string]any, error) {
				return nil, fmt.Errorf("%w: %w", account.ErrInvalidCredentials, err)
			}
		}, login},
		{"Find", func(c *server.Config, err error) {
			c.Users.Find = func(context.Context, string) (server.User, error) { return server.User{}, err }
		}, func(b *servertest.Browser) servertest.Response { return b.Get(pathMe) }},
		{"Register", func(c *server.Config, err error) {
			c.Users.Register = func(context.Context, account.NewUser) (server.User, error) { return server.User{}, err }
		}, func(b *servertest.Browser) servertest.Response { return b.Do(registration(b, "ada@example.com")) }},
		{"ChangePassword", func(c *server.Config, err error) {
			c.Users.ChangePassword = func(context.Context, string, string, string, string) error { return err }
		}, func(b *servertest.Browser) servertest.Response {
			return b.Do(passwordRequest(b, servertest.Password, newPassword))
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			before := servertest.New(t, servertest.Options{Dir: dir})
			b := signedIn(t, before)
			s := servertest.New(t, servertest.Options{Dir: dir, Configure: func(c *server.Config) { row.spoil(c, trouble) }})
			res := row.do(b.At(s))
			wantRefusal(t, res, wire.TemporarilyUnavailable)
			if strings.Contains(string(res.Body), "hunter2") {
				t.Errorf("the body tells the client about it: %s", res.Body)
			}
			log := s.Log.String()
			if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, trouble.Error()) || strings.Contains(log, "session store") {
				t.Errorf("the log does not say what has failed:\n%s", log)
			}
		})
	}
}

// Authenticate forgets who it is: that is no session, and nothing that a client
// could mend.
func TestAuthenticateThatNamesNobody(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.Authenticate = func(context.Context, string, string) (server.User, error) { return server.User{}, nil }
	})
	b := s.Browser(t)
	wantRefusal(t, b.Login(servertest.Email, servertest.Password), wire.Internal)
	if live, err := s.Store.Sessions(t.Context(), "", s.Clock.Now()); err != nil || len(live) != 0 {
		t.Errorf("%d sessions of nobody, error %v", len(live), err)
	}
	if !strings.Contains(s.Log.String(), "no id") {
		t.Errorf("the log does not say what is wrong:\n%s", s.Log)
	}
}
