package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// TestRotation has a case for each row of the table that rotation.Decide and
// Engine.Refresh stand for. Each ends with what the owner's next refresh is
// answered with, for that shows whether anything was lost.
func TestRotation(t *testing.T) {
	const (
		ms    = time.Millisecond
		grace = 30 * time.Second
		m     = time.Minute
		h     = time.Hour
		day   = 24 * h
	)
	for _, row := range []struct {
		name    string
		refresh func(c *rotationCase) servertest.Response
		outcome rotation.Outcome // empty: the token was not even looked up
		want    wire.Code        // empty: 200
		after   wire.Code        // of the owner's next refresh; empty: 200
		reason  wire.Reason      // with wire.SessionRevoked in either
	}{
		{"1 the current token", func(c *rotationCase) servertest.Response { return c.b.Copy().Refresh() }, rotation.Rotated, "", "", ""},
		{"1 after an hour, without the access token", func(c *rotationCase) servertest.Response {
			c.Clock.Advance(h)
			return reloaded(c.b).Refresh()
		}, rotation.Rotated, "", "", ""},

		{"2 its predecessor, at once", func(c *rotationCase) servertest.Response { return c.rotated().Refresh() }, rotation.Replayed, "", "", ""},
		{"2 at the end of the grace, though the successor was used", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			wantStatus(c.t, c.b.Get(pathMe), http.StatusOK)
			c.Clock.Advance(grace)
			return old.Refresh()
		}, rotation.Replayed, "", "", ""},
		{"2 beside a lost answer that was fetched and used", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(5 * m)
			wantStatus(c.t, old.Copy().Refresh(), http.StatusOK)
			wantStatus(c.t, c.b.Get(pathMe), http.StatusOK)
			c.Clock.Advance(grace)
			return old.Refresh()
		}, rotation.Replayed, "", "", ""},

		{"3 the 200th replay", func(c *rotationCase) servertest.Response { return c.replayed(199).Refresh() }, rotation.Replayed, "", "", ""},
		{"3 the 201st", func(c *rotationCase) servertest.Response { return c.replayed(200).Refresh() }, rotation.Stormed, wire.RefreshStorm, "", ""},

		{"4 just after the grace", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(grace + ms)
			return old.Refresh()
		}, rotation.Recovered, "", "", ""},
		{"4 after ten minutes, and 12 without the access token", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(10 * m)
			return reloaded(old).Refresh()
		}, rotation.Recovered, "", "", ""},
		{"4 after a day, with the old access token", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(day)
			return old.Refresh()
		}, rotation.Recovered, "", "", ""},

		{"5 just after the grace, the successor was used", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			wantStatus(c.t, c.b.Get(pathMe), http.StatusOK)
			c.Clock.Advance(grace + ms)
			return old.Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5 beside a lost answer that was fetched and used, after that grace", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(5 * m)
			wantStatus(c.t, old.Copy().Refresh(), http.StatusOK)
			wantStatus(c.t, c.b.Get(pathMe), http.StatusOK)
			c.Clock.Advance(grace + ms)
			return old.Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5 after ten minutes and a bit, without the access token", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(10*m + ms)
			return reloaded(old).Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5 after a day and a bit, with the old access token", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(day + ms)
			return old.Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5 two generations old, the first rotation has left the grace", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(ms)
			c.rotated()
			c.Clock.Advance(grace)
			return old.Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5 three generations old, at once", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.rotated()
			c.rotated()
			return old.Refresh()
		}, rotation.Reused, wire.RefreshReused, wire.SessionRevoked, wire.ReasonReuse},
		{"5b two generations old, both within the grace", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.rotated()
			c.Clock.Advance(grace)
			return old.Refresh()
		}, rotation.Superseded, wire.RefreshSuperseded, "", ""},

		{"6 signed out", func(c *rotationCase) servertest.Response {
			wantStatus(c.t, c.b.Copy().Logout(), http.StatusNoContent)
			return c.b.Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonLogout},
		{"6 signed in again in the same browser", func(c *rotationCase) servertest.Response {
			wantStatus(c.t, c.b.Copy().Login(servertest.Email, servertest.Password), http.StatusCreated)
			return c.b.Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonReplaced},
		{"6 the password was changed elsewhere", func(c *rotationCase) servertest.Response {
			c.must(c.Accounts.ChangePassword(c.t.Context(), c.userID(), servertest.Password, "another pa55w0rd", ""))
			return c.b.Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonPasswordChange},
		{"6 ended by an operator", func(c *rotationCase) servertest.Response {
			_, err := c.Auth.EndSessions(c.t.Context(), c.userID(), "", wire.ReasonAdmin)
			c.must(err)
			return c.b.Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonAdmin},
		{"6 a second replay raises no second alarm", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(h)
			wantRefusal(c.t, reloaded(old).Refresh(), wire.RefreshReused)
			return reloaded(old).Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonReuse},

		{"7 not used for 30 days", func(c *rotationCase) servertest.Response {
			c.Clock.Advance(30 * day)
			return c.b.Refresh()
		}, rotation.Expired, wire.SessionExpired, wire.SessionExpired, ""},
		{"7 90 days old", func(c *rotationCase) servertest.Response {
			for range 4 {
				c.Clock.Advance(20 * day)
				c.rotated()
			}
			c.Clock.Advance(10 * day)
			return c.b.Refresh()
		}, rotation.Expired, wire.SessionExpired, wire.SessionExpired, ""},

		{"8 the user was disabled", func(c *rotationCase) servertest.Response {
			c.must(c.Accounts.SetDisabled(c.t.Context(), servertest.Email, true))
			return c.b.Refresh()
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonDisabled},

		{"9 garbage", func(c *rotationCase) servertest.Response { return c.b.Do(presents(c.b, c.b.Cookie+"x")) }, "", wire.RefreshMalformed, "", ""},
		{"9 before 11", func(c *rotationCase) servertest.Response {
			return c.b.Do(header{"Authorization": "Bearer garbage"}.on(presents(c.b, c.b.Cookie+"x")))
		}, "", wire.RefreshMalformed, "", ""},
		{"9 before 15", func(c *rotationCase) servertest.Response {
			c.must(c.Store.Close())
			return c.b.Do(presents(c.b, c.b.Cookie+"x"))
		}, "", wire.RefreshMalformed, wire.TemporarilyUnavailable, ""},

		{"10 the access token of another user", func(c *rotationCase) servertest.Response {
			return c.b.Do(header{"Authorization": "Bearer " + c.other().AccessToken}.on(c.b.RefreshRequest()))
		}, rotation.Switched, wire.AccountSwitched, "", ""},
		{"10 before 5", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(2 * day)
			return old.Do(header{"Authorization": "Bearer " + c.other().AccessToken}.on(old.RefreshRequest()))
		}, rotation.Switched, wire.AccountSwitched, "", ""},

		{"11 a forged access token", func(c *rotationCase) servertest.Response {
			return c.b.Do(header{"Authorization": "Bearer " + c.b.AccessToken + "x"}.on(c.b.RefreshRequest()))
		}, "", wire.InvalidToken, "", ""},
		{"11 before 6", func(c *rotationCase) servertest.Response {
			wantStatus(c.t, c.b.Copy().Logout(), http.StatusNoContent)
			return c.b.Do(header{"Authorization": "Bearer garbage"}.on(c.b.RefreshRequest()))
		}, "", wire.InvalidToken, wire.SessionRevoked, wire.ReasonLogout},

		{"14 two live sessions", func(c *rotationCase) servertest.Response {
			return c.b.Do(presents(c.b, c.b.Cookie+"; "+signedIn(c.t, c.Server).Cookie))
		}, "", wire.AmbiguousCookie, "", ""},
		{"14 before 11", func(c *rotationCase) servertest.Response {
			both := presents(c.b, c.b.Cookie+"; "+signedIn(c.t, c.Server).Cookie)
			return c.b.Do(header{"Authorization": "Bearer garbage"}.on(both))
		}, "", wire.AmbiguousCookie, "", ""},
		{"14 one live, one ended", func(c *rotationCase) servertest.Response {
			gone := signedIn(c.t, c.Server)
			wantStatus(c.t, gone.Copy().Logout(), http.StatusNoContent)
			return c.b.Do(presents(c.b, gone.Cookie+"; "+c.b.Cookie))
		}, rotation.Rotated, "", "", ""},
		{"14 one live, one expired", func(c *rotationCase) servertest.Response {
			gone := c.b.Cookie
			c.Clock.Advance(30 * day)
			c.b = signedIn(c.t, c.Server)
			return c.b.Do(presents(c.b, gone+"; "+c.b.Cookie))
		}, rotation.Rotated, "", "", ""},
		{"14 one live, one garbage", func(c *rotationCase) servertest.Response {
			return c.b.Do(presents(c.b, c.b.Cookie+"x; "+c.b.Cookie))
		}, rotation.Rotated, "", "", ""},
		{"14 two of one session, the older first", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(h)
			return c.b.Do(presents(c.b, old.Cookie+"; "+c.b.Cookie))
		}, rotation.Rotated, "", "", ""},
		{"14 two of one session, the older last", func(c *rotationCase) servertest.Response {
			old := c.rotated()
			c.Clock.Advance(h)
			return c.b.Do(presents(c.b, c.b.Cookie+"; "+old.Cookie))
		}, rotation.Rotated, "", "", ""},
		{"14 two that have ended: the first says how", func(c *rotationCase) servertest.Response {
			gone := signedIn(c.t, c.Server)
			wantStatus(c.t, gone.Copy().Logout(), http.StatusNoContent)
			_, err := c.Auth.EndSessions(c.t.Context(), c.userID(), "", wire.ReasonAdmin)
			c.must(err)
			return c.b.Do(presents(c.b, c.b.Cookie+"; "+gone.Cookie))
		}, rotation.Revoked, wire.SessionRevoked, wire.SessionRevoked, wire.ReasonAdmin},

		{"15 the database is away", func(c *rotationCase) servertest.Response {
			c.must(c.Store.Close())
			return c.b.Refresh()
		}, "", wire.TemporarilyUnavailable, wire.TemporarilyUnavailable, ""},

		{"16 no cookie", func(c *rotationCase) servertest.Response { return c.b.Do(presents(c.b, "")) }, "", wire.RefreshMissing, "", ""},
		{"16 before 11", func(c *rotationCase) servertest.Response {
			return c.b.Do(header{"Authorization": "Bearer garbage"}.on(presents(c.b, "")))
		}, "", wire.RefreshMissing, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newRotationCase(t)
			res := row.refresh(c)
			if c.outcome != row.outcome {
				t.Errorf("outcome %q, want %q", c.outcome, row.outcome)
			}
			if looks := row.outcome == rotation.Reused || row.outcome == rotation.Stormed || row.outcome == rotation.Recovered; looks != (c.why != "") {
				t.Errorf("an operator is told %q of %s", c.why, c.outcome)
			}
			c.wantAnswer(res, row.want, row.reason)
			if row.want == "" {
				// The successor, which the owner has or is given.
				c.wantSuccessor(res, row.outcome)
			}
			c.wantAnswer(reloaded(c.b).Refresh(), row.after, row.reason)
		})
	}
}
