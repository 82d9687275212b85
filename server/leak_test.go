package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// What goes wrong behind the API is the operator's business: the log has it, and
// the client gets the same words whatever it was.
func TestErrorsLeakNothing(t *testing.T) {
	const inside = "dial tcp 10.0.0.5:5432: password authentication failed for user app"
	for _, row := range []struct {
		name string
		fail func() (server.User, error)
		want wire.Code
	}{
		{"an error", func() (server.User, error) { return server.User{}, errors.New(inside) }, wire.TemporarilyUnavailable},
		{"a panic with an error", func() (server.User, error) { panic(errors.New(inside)) }, wire.Internal},
		{"a panic with a text", func() (server.User, error) { panic(inside) }, wire.Internal},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, func(c *server.Config) {
				c.Authenticate = func(context.Context, string, string) (server.User, error) { return row.fail() }
			})
			res := s.Browser(t).Login(servertest.Email, servertest.Password)
			wantRefusal(t, res, row.want)
			for _, part := range []string{"10.0.0.5", "password auth", "goroutine", ".go:"} {
				if strings.Contains(string(res.Body), part) {
					t.Errorf("the client is told %q:\n%s", part, res.Body)
				}
			}
			if log := s.Log.String(); !strings.Contains(log, inside) || !strings.Contains(log, "level=ERROR") {
				t.Errorf("the log does not say what happened:\n%s", log)
			}
			// The next request finds the server in order.
			wantStatus(t, s.Browser(t).Get(wire.PathReady), 200)
		})
	}
}

// A line break in what a client sends must not begin a record of its own.
func TestNoRecordsAreForged(t *testing.T) {
	const forged = "\nlevel=ERROR msg=\"disk on fire\"\r\n\x1b[2Jlevel=ERROR"
	s := start(t)
	b := s.Browser(t)
	wantRefusal(t, b.Login("ada"+forged+"@example.com", servertest.Password), wire.InvalidCredentials)
	wantRefusal(t, b.Get("/api/nothing%0Alevel=ERROR%20msg=fire%1B%5B2J"), wire.NotFound)
	// net/http refuses control characters in a header; these are what it lets pass.
	req := header{"User-Agent": "curl\tlevel=ERROR\u2028\u0085\u202e"}.on(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`))
	wantStatus(t, b.Do(req), 201)
	stolen := signedIn(t, s)
	thief := stolen.Copy()
	for range 3 {
		wantStatus(t, stolen.Refresh(), 200)
	}
	refresh := thief.RefreshRequest()
	refresh.Header.Set("User-Agent", "thief\tlevel=ERROR\u2028")
	wantRefusal(t, b.Do(refresh), wire.RefreshReused)

	log := s.Log.String()
	if !strings.Contains(log, `thief\t`) || !strings.Contains(log, `/api/nothing\n`) {
		t.Fatalf("the log does not have what was sent:\n%s", log)
	}
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, " level=ERROR msg=") {
			t.Errorf("a record that the client wrote: %q", line)
		}
		if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x1b\r\t\n\u2028\u2029\u0085\u202e") {
			t.Errorf("a control character gets into the log: %q", line)
		}
	}
}
