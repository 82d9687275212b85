package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// FuzzBodies sends anything at all as the body of every route that might read one.
// The answer is a success of the right shape, or a problem document, and then
// nothing has changed.
func FuzzBodies(f *testing.F) {
	const (
		credentials  = `{"email":"user@example.com","password":"pa55w0rd"}`
		change       = `{"old_password":"pa55w0rd","new_password":"correct horse"}`
		registration = `{"email":"ada@example.com","password":"correct horse","name":"Ada"}`
	)
	for route := range byte(6) {
		for _, body := range []string{
			credentials, change, registration, ``, `null`, `{}`, `[]`, `"`, `{"email":"user@example.com","password":"pa55w0rd"`,
			`{"email":"a","email":"b"}`, `{"email":["a"],"password":{"a":1}}`, credentials + ` `, credentials + credentials,
			`{"old_password":"pa55w0rd","new_password":"pa55w0rd"}`, `{"old_password":"pa55w0rd","new_password":"\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00"}`,
			"{\"email\":\"\xff@b\",\"password\":\"12345678\"}", `{"email":"a@b","password":"12345678","name":"\u0000"}`,
			strings.Repeat(`{"a":`, 3000), `{"email":"` + strings.Repeat("a", 16<<10) + `"}`, "\ufeff" + credentials,
		} {
			f.Add(route, []byte(body))
		}
	}
	s := fuzzedServer(f)
	var accessToken, cookie string // of the session that the requests have
	f.Fuzz(func(t *testing.T, route byte, body []byte) {
		b := s.Browser(t)
		if accessToken == "" {
			wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
			accessToken, cookie = b.AccessToken, b.Cookie
		}
		b.AccessToken, b.Cookie = accessToken, cookie
		before := stateOf(t, s)
		routes := []*http.Request{
			b.Request(http.MethodPost, pathAuth, body),
			b.Request(http.MethodPut, pathPassword, body),
			b.Request(http.MethodPost, pathUsers, body),
			b.Request(http.MethodPost, pathRefresh, body),
			b.Request(http.MethodDelete, pathAuth, body),
			b.Request(http.MethodDelete, wire.DefaultPrefix+wire.PathSessions, body),
		}
		req := routes[int(route)%len(routes)]
		res := b.Do(header{
			"Content-Type": wire.TypeJSON, "X-Auth-Fetch": "1", "Authorization": "Bearer " + b.AccessToken,
		}.on(req))
		switch {
		case res.Status >= 400:
			wantRefusal(t, res, res.Problem(t).Code)
			if res.Status >= 500 {
				t.Errorf("%s %s: %d %s", req.Method, req.URL.Path, res.Status, res.Body)
			}
			if after := stateOf(t, s); !slices.Equal(before, after) {
				t.Errorf("%s %s: %d, and users have changed\nfrom %v\nto   %v", req.Method, req.URL.Path, res.Status, before, after)
			}
		case req.URL.Path == pathUsers:
			var user wire.User
			res.JSON(t, &user)
			normal, err := account.NormalizeEmail(user.Email)
			if found, _ := s.Store.UserByEmail(t.Context(), normal); err != nil || found.ID != user.ID || found.Email != user.Email || found.Name != user.Name {
				t.Errorf("registered %+v, stored %+v, error %v", user, found, err)
			}
		case req.URL.Path == pathPassword:
			var sent wire.PasswordChange
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, s.Browser(t).Login(servertest.Email, sent.NewPassword), http.StatusCreated)
			if err := s.Accounts.SetPassword(t.Context(), servertest.Email, servertest.Password); err != nil {
				t.Fatal(err)
			}
			accessToken, cookie = "", ""
		default: // a session has begun, has gone on, or is over
			if res.Status != http.StatusNoContent {
				var token wire.Token
				if res.JSON(t, &token); token.AccessToken == "" || token.ExpiresIn <= 0 {
					t.Errorf("%d %s", res.Status, res.Body)
				}
			}
			accessToken, cookie = "", ""
		}
	})
}

// fuzzedServer takes registrations and counts no failures.
func fuzzedServer(f *testing.F) *servertest.Server {
	var s *servertest.Server
	s = servertest.New(f, servertest.Options{Configure: func(c *server.Config) {
		c.Throttle.InsecureUnlimited = true
		c.Users.Register = func(ctx context.Context, n account.NewUser) (server.User, error) { return s.Accounts.Add(ctx, n) }
	}})
	return s
}

// stateOf is what a refusal must not change: who the users are, and the password
// of the first one.
func stateOf(t *testing.T, s *servertest.Server) []string {
	t.Helper()
	users, err := s.Accounts.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var state []string
	for _, user := range users {
		state = append(state, user.ID)
	}
	first, err := s.Store.UserByEmail(t.Context(), servertest.Email)
	if err != nil {
		t.Fatal(err)
	}
	return append(state, first.PasswordHash.Encode())
}
