package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// observe is an observer for tests that send one request after the other.
type observe func(server.Event)

func (f observe) Observe(_ context.Context, event server.Event) { f(event) }

func isUnavailable(err error) bool { return errors.Is(err, rotation.ErrUnavailable) }

func TestEvents(t *testing.T) {
	var heard []server.Event
	s := start(t, func(c *server.Config) { c.Observer = observe(func(e server.Event) { heard = append(heard, e) }) })
	b := signedIn(t, s)
	claims := claimsOf(t, s, b)
	first := b.Copy()
	lost := signedIn(t, s)
	other := signedIn(t, s)
	otherID := claimsOf(t, s, other).SessionID
	session := func(e server.Event) server.Event {
		e.UserID, e.SessionID = claims.UserID, claims.SessionID
		return e
	}
	for _, row := range []struct {
		name string
		do   func() servertest.Response
		want server.Event // but for the times, the client, and the ids where they are left out
		code int
	}{
		{"login refused", func() servertest.Response { return s.Browser(t).Login(servertest.Email, "wrong password") }, server.Event{Type: server.EventLogin, Code: wire.InvalidCredentials}, 401},
		{"login with nothing", func() servertest.Response { return b.Do(loginRequest(b, "")) }, server.Event{Type: server.EventLogin, Code: wire.InvalidRequest}, 400},
		{"refresh", b.Refresh, session(server.Event{Type: server.EventRefresh, Outcome: rotation.Rotated}), 200},
		{"refresh of another tab", func() servertest.Response { return first.Copy().Refresh() }, session(server.Event{Type: server.EventRefresh, Outcome: rotation.Replayed}), 200},
		{"refresh from a foreign page", func() servertest.Response {
			return b.Do(header{"Origin": "https://evil.example"}.on(b.RefreshRequest()))
		}, server.Event{Type: server.EventRefresh, Code: wire.CSRFRejected}, 403},
		{"refresh without a cookie", func() servertest.Response { return b.Do(presents(b, "")) }, server.Event{Type: server.EventRefresh, Code: wire.RefreshMissing}, 401},
		{"refresh with garbage", func() servertest.Response { return b.Do(presents(b, b.Cookie+"x")) }, server.Event{Type: server.EventRefresh, Code: wire.RefreshMalformed}, 401},
		{"end of another session", func() servertest.Response { return b.Delete(pathSessions + "/" + otherID) }, server.Event{Type: server.EventSessionsEnded, UserID: claims.UserID, SessionID: otherID, Sessions: 1, Reason: wire.ReasonLogout}, 204},
		{"end of what is over", func() servertest.Response { return b.Delete(pathSessions + "/" + otherID) }, server.Event{Type: server.EventSessionsEnded, UserID: claims.UserID, SessionID: otherID}, 204},
		{"end of no session", func() servertest.Response { return b.Delete(pathSessions + "/nothing") }, session(server.Event{Type: server.EventSessionsEnded, Code: wire.NotFound}), 404},
		{"end of sessions, without a token", func() servertest.Response { return b.Do(b.Request(http.MethodDelete, pathSessions, nil)) }, server.Event{Type: server.EventSessionsEnded, Code: wire.InvalidToken}, 401},
		{"end of the others", func() servertest.Response { return b.Delete(pathSessions) }, session(server.Event{Type: server.EventSessionsEnded, Sessions: 1, Reason: wire.ReasonLogout}), 204},
		{"refresh of one that was ended", lost.Refresh, server.Event{Type: server.EventRefresh, Code: wire.SessionRevoked, Reason: wire.ReasonLogout, Outcome: rotation.Revoked}, 401},
		{"theft", func() servertest.Response { s.Clock.Advance(time.Hour); return first.Refresh() }, session(server.Event{Type: server.EventRefresh, Code: wire.RefreshReused, Reason: wire.ReasonReuse, Outcome: rotation.Reused, Sessions: 1}), 401},
		{"logout of what is over", b.Logout, session(server.Event{Type: server.EventLogout}), 204},
		{"login again", func() servertest.Response { return b.Login(servertest.Email, servertest.Password) }, server.Event{Type: server.EventLogin, Outcome: rotation.Begun}, 201},
		{"login in the place of another", func() servertest.Response { return b.Login(servertest.Email, servertest.Password) }, server.Event{Type: server.EventLogin, Outcome: rotation.Begun, Sessions: 1, Reason: wire.ReasonReplaced}, 201},
		{"logout", b.Logout, server.Event{Type: server.EventLogout, Sessions: 1, Reason: wire.ReasonLogout}, 204},
	} {
		t.Run(row.name, func(t *testing.T) {
			heard = nil
			wantStatus(t, row.do(), row.code)
			if len(heard) != 1 {
				t.Fatalf("%d events, want one: %+v", len(heard), heard)
			}
			got := heard[0]
			if !got.Time.Equal(s.Clock.Now()) || got.Client.Address != "127.0.0.1" || got.Client.UserAgent == "" {
				t.Errorf("at %v by %+v", got.Time, got.Client)
			}
			if suspicious := got.Outcome == rotation.Reused; (got.Rotation != nil) != suspicious {
				t.Errorf("rotation %+v with outcome %q", got.Rotation, got.Outcome)
			}
			got.Time, got.Client, got.Rotation = time.Time{}, rotation.Client{}, nil
			if row.want.SessionID == "" && row.want.Code == "" || row.want.Outcome == rotation.Revoked {
				if got.SessionID == "" {
					t.Error("no session")
				}
				got.UserID, got.SessionID = "", ""
			}
			if got != row.want {
				t.Errorf("event\n%+v, want\n%+v", got, row.want)
			}
		})
	}
	heard = nil
	b.Get(pathMe)
	b.Get(wire.PathJWKS)
	b.Get(pathAuth)
	if len(heard) != 0 {
		t.Errorf("events of what is none: %+v", heard)
	}
}

// What observers hear of has been stored, and nobody else knows of it yet.
func TestEventsComeBetweenTheChangeAndTheAnswer(t *testing.T) {
	var s *servertest.Server
	answer := httptest.NewRecorder()
	heard := false
	s = start(t, func(c *server.Config) {
		c.Observer = observe(func(e server.Event) {
			rec, _, err := s.Store.Session(t.Context(), e.SessionID)
			if err != nil || rec.ID == "" {
				t.Errorf("session %q is not stored: %v", e.SessionID, err)
			}
			if answer.Body.Len() != 0 || answer.Header().Get("Set-Cookie") != "" {
				t.Errorf("the answer has begun: %v %s", answer.Header(), answer.Body)
			}
			heard = true
		})
	})
	s.Auth.Handler().ServeHTTP(answer, loginRequest(s.Browser(t), `{"email":"user@example.com","password":"pa55w0rd"}`))
	if !heard || answer.Code != http.StatusCreated || answer.Header().Get("Set-Cookie") == "" {
		t.Errorf("heard %v, status %d, cookie %q", heard, answer.Code, answer.Header().Get("Set-Cookie"))
	}
}

func TestAnObserverThatPanicsDisturbsNobody(t *testing.T) {
	var before, after []server.EventType
	s := start(t, func(c *server.Config) {
		c.Observer = server.Observers(
			observe(func(e server.Event) { before = append(before, e.Type) }),
			server.Observers(nil, observe(func(server.Event) { panic("boom") })),
			observe(func(e server.Event) { after = append(after, e.Type) }),
		)
	})
	b := signedIn(t, s)
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantRefusal(t, b.Do(presents(b, "")), wire.RefreshMissing)
	want := []server.EventType{server.EventLogin, server.EventRefresh, server.EventRefresh}
	if !slices.Equal(before, want) || !slices.Equal(after, want) {
		t.Errorf("the others heard %q and %q, want %q", before, after, want)
	}
	if got := strings.Count(s.Log.String(), `level=ERROR msg="an observer panicked"`); got != len(want) {
		t.Errorf("%d records of the panic, want %d:\n%s", got, len(want), s.Log)
	}
}

// The application's function panics: that is an event too, and not a refusal.
func TestAHandlerThatPanicsIsHeardOf(t *testing.T) {
	var heard []server.Event
	s := start(t, func(c *server.Config) {
		c.Observer = observe(func(e server.Event) { heard = append(heard, e) })
		c.Authenticate = func(context.Context, string, string) (server.User, error) { panic("boom") }
	})
	wantRefusal(t, s.Browser(t).Login(servertest.Email, servertest.Password), wire.Internal)
	if len(heard) != 1 || heard[0].Type != server.EventLogin || heard[0].Code != wire.Internal {
		t.Errorf("events %+v", heard)
	}
}

func TestEventsTellHowLongItTook(t *testing.T) {
	var s *servertest.Server
	var took time.Duration
	s = start(t, func(c *server.Config) {
		check := c.Authenticate
		c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
			s.Clock.Advance(40 * time.Millisecond)
			return check(ctx, email, password)
		}
		c.Observer = observe(func(e server.Event) { took = e.Took })
	})
	signedIn(t, s)
	if took != 40*time.Millisecond {
		t.Errorf("took %v, want 40ms", took)
	}
}
