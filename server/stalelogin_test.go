package server_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// Somebody who knows the old password signs in while it is changed: the change
// ends all sessions, and this one begins after it.
func TestPasswordChangedDuringALogin(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(ctx context.Context, s *servertest.Server, owner server.User) error
	}{
		{"by its owner", func(ctx context.Context, s *servertest.Server, owner server.User) error {
			return s.Accounts.ChangePassword(ctx, owner.ID, servertest.Password, newPassword, "")
		}},
		{"by an operator", func(ctx context.Context, s *servertest.Server, owner server.User) error {
			return s.Accounts.SetPassword(ctx, owner.Email, newPassword)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var s *servertest.Server
			s = start(t, func(c *server.Config) {
				check := c.Authenticate
				c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
					user, err := check(ctx, email, password)
					if err == nil && password == servertest.Password {
						err = row.change(ctx, s, user)
					}
					return user, err
				}
			})
			b := s.Browser(t)
			wantRefusal(t, b.Login(servertest.Email, servertest.Password), wire.TemporarilyUnavailable)
			wantRefusal(t, b.Login(servertest.Email, servertest.Password), wire.InvalidCredentials)
			wantStatus(t, b.Login(servertest.Email, newPassword), http.StatusCreated)
			if list := sessionsOf(t, b); len(list) != 1 {
				t.Errorf("%d sessions live, want the one with the new password: %+v", len(list), list)
			}
		})
	}
}
