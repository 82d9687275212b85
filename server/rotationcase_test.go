package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// rotationCase is a server, a browser that is signed in, and what an observer
// hears of its refreshes.
type rotationCase struct {
	*servertest.Server
	t *testing.T
	b *servertest.Browser

	outcome rotation.Outcome // of the last refresh; empty: it did not come to that
	why     string           // in words, where an operator wants to look into it
}

func newRotationCase(t *testing.T) *rotationCase {
	c := &rotationCase{t: t}
	c.Server = start(t, func(config *server.Config) {
		config.Observer = observe(func(e server.Event) {
			if e.Type != server.EventRefresh {
				return
			}
			c.outcome, c.why = e.Outcome, ""
			if e.Rotation != nil {
				c.why = e.Rotation.Why
			}
		})
	})
	c.b = signedIn(t, c.Server)
	return c
}

// rotated refreshes and returns the browser as it was before.
func (c *rotationCase) rotated() *servertest.Browser {
	c.t.Helper()
	before := c.b.Copy()
	wantStatus(c.t, c.b.Refresh(), http.StatusOK)
	return before
}

// reloaded is the browser after a reload: without the access token.
func reloaded(b *servertest.Browser) *servertest.Browser {
	c := b.Copy()
	c.AccessToken = ""
	return c
}

// other is a browser of another user.
func (c *rotationCase) other() *servertest.Browser {
	c.t.Helper()
	if _, err := c.Accounts.Add(c.t.Context(), account.NewUser{Email: "b@example.com", Password: servertest.Password}); err != nil {
		c.t.Fatal(err)
	}
	b := c.Browser(c.t)
	wantStatus(c.t, b.Login("b@example.com", servertest.Password), http.StatusCreated)
	return b
}

func (c *rotationCase) userID() string { return claimsOf(c.t, c.Server, c.b).UserID }

// must ends the test unless preparing it has worked.
func (c *rotationCase) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// replayed has rotated, and had the predecessor replayed n times; it returns the
// browser that has that.
func (c *rotationCase) replayed(n int) *servertest.Browser {
	c.t.Helper()
	old := c.rotated()
	for range n {
		wantStatus(c.t, old.Copy().Refresh(), http.StatusOK)
	}
	return old
}

// wantAnswer wants a refusal with that code, or 200.
func (c *rotationCase) wantAnswer(res servertest.Response, code wire.Code, reason wire.Reason) {
	c.t.Helper()
	if code == "" {
		wantStatus(c.t, res, http.StatusOK)
		return
	}
	p := wantRefusal(c.t, res, code)
	if code != wire.SessionRevoked {
		reason = ""
	}
	if p.Reason != reason {
		c.t.Errorf("reason %q, want %q", p.Reason, reason)
	}
}

// wantSuccessor wants a new refresh token after a rotation, and otherwise the one
// that the owner has already. The access token is a fresh one in any case.
func (c *rotationCase) wantSuccessor(res servertest.Response, outcome rotation.Outcome) {
	c.t.Helper()
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	if same := cookie == c.b.Cookie; same != (outcome != rotation.Rotated) {
		c.t.Errorf("after %s the refresh token is the owner's: %t", outcome, same)
	}
	var token wire.Token
	res.JSON(c.t, &token)
	if token.AccessToken == "" || token.AccessToken == c.b.AccessToken {
		c.t.Error("no new access token")
	}
	c.b.Cookie = cookie
}
