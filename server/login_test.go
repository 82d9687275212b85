package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestS1Login(t *testing.T) {
	for _, row := range []struct {
		profile server.CookieProfile
		want    []string // every attribute
	}{
		{server.CookieHost, []string{"__Host-Http-refresh_token=", "Path=/", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Strict"}},
		{server.CookiePlain, []string{"refresh_token=", "Path=/api/auth", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Strict"}},
		{server.CookieCrossSite, []string{"__Host-Http-refresh_token=", "Path=/", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=None", "Partitioned"}},
	} {
		t.Run(string(row.profile), func(t *testing.T) {
			s := start(t, func(c *server.Config) { c.HTTP.Cookie.Profile = row.profile })
			b := s.Browser(t)
			res := b.Login(servertest.Email, servertest.Password)
			wantStatus(t, res, http.StatusCreated)

			var body map[string]any
			res.JSON(t, &body)
			access, _ := body["access_token"].(string)
			if len(body) != 3 || body["token_type"] != "Bearer" || body["expires_in"] != 300.0 || strings.Count(access, ".") != 2 {
				t.Errorf("body %s", res.Body)
			}
			set := res.Header.Values("Set-Cookie")
			if len(set) != 1 {
				t.Fatalf("Set-Cookie %q, want exactly one", set)
			}
			got := strings.Split(set[0], "; ")
			for i, want := range row.want {
				if len(got) != len(row.want) || got[i] != want && (i > 0 || !strings.HasPrefix(got[i], want+"eyJ")) {
					t.Fatalf("Set-Cookie %q, want the attributes %q", set[0], row.want)
				}
			}
			if got := res.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			if value := strings.TrimPrefix(got[0], row.want[0]); strings.Contains(string(res.Body), value) {
				t.Error("the refresh token is in the body, too")
			}
		})
	}
}

func TestS2WrongCredentials(t *testing.T) {
	s := start(t)
	if _, err := s.Accounts.Add(t.Context(), account.NewUser{Email: "off@example.com", Password: servertest.Password}); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.SetDisabled(t.Context(), "off@example.com", true); err != nil {
		t.Fatal(err)
	}
	b := s.Browser(t)
	first := b.Login(servertest.Email, "wrong password")
	wantRefusal(t, first, wire.InvalidCredentials)
	wantChallenge(t, first, "")
	for _, row := range []struct{ name, email, password string }{
		{"unknown user", "nobody@example.com", servertest.Password},
		{"disabled user", "off@example.com", servertest.Password},
		{"disabled user, wrong password", "off@example.com", "wrong password"},
		{"not an address", "user", servertest.Password},
		{"longer than any password", servertest.Email, strings.Repeat("x", 5000)},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantSame(t, b.Login(row.email, row.password), first)
		})
	}
}

func TestS3LoginBodies(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	for _, row := range []struct {
		name, contentType, body string
		want                    wire.Code
		detail                  string // part of it
	}{
		{"form", "application/x-www-form-urlencoded", "email=a&password=b", wire.UnsupportedMediaType, "application/json"},
		{"text", "text/plain", `{"email":"a","password":"b"}`, wire.UnsupportedMediaType, "application/json"},
		{"no type", "", `{"email":"a","password":"b"}`, wire.UnsupportedMediaType, "application/json"},
		{"a megabyte", wire.TypeJSON, `{"email":"a@b","password":"` + strings.Repeat("x", 1<<20) + `"}`, wire.PayloadTooLarge, "16384 bytes"},
		{"S30 nothing", wire.TypeJSON, "", wire.InvalidRequest, "the body is empty; send a JSON object"},
		{"S30 half of it", wire.TypeJSON, `{"email":"a`, wire.InvalidRequest, "byte 11"},
		{"S30 more than one value", wire.TypeJSON, `{"email":"a","password":"b"} {}`, wire.InvalidRequest, "byte 30"},
		{"S30 garbage behind it", wire.TypeJSON, `{"email":"a","password":"b"}garbage`, wire.InvalidRequest, "byte 29"},
		{"S30 a field twice", wire.TypeJSON, `{"email":"a","password":"b","email":"c"}`, wire.InvalidRequest, "occurs twice"},
		{"S30 a field twice, in other case", wire.TypeJSON, `{"email":"a","password":"b","PA\u017fSWORD":"c"}`, wire.InvalidRequest, "occurs twice"},
		{"S30 not UTF-8", wire.TypeJSON, "{\"email\":\"a\",\"password\":\"\xff\xfe\"}", wire.InvalidRequest, "not UTF-8"},
		{"S30 null", wire.TypeJSON, `null`, wire.InvalidRequest, `"email" is missing or empty`},
		{"S30 deep", wire.TypeJSON, `{"x":` + strings.Repeat("[", 12000), wire.InvalidRequest, "not JSON"},
		{"S30 many fields", wire.TypeJSON, `{` + strings.Repeat(`"":0,`, 3000) + `"":0}`, wire.InvalidRequest, "occurs twice"},
		{"S30 NUL for an address", wire.TypeJSON, `{"email":"\u0000","password":"b"}`, wire.InvalidCredentials, "no account"},
		{"S30 an array", wire.TypeJSON, `["a"]`, wire.InvalidRequest, "send an object"},
		{"S30 a number for a text", wire.TypeJSON, `{"email":"a","password":12345678}`, wire.InvalidRequest, `"password" is a JSON number; send a string`},
		{"no password", wire.TypeJSON, `{"email":"a@b"}`, wire.InvalidRequest, `"password" is missing or empty`},
		{"null password", wire.TypeJSON, `{"email":"a@b","password":null}`, wire.InvalidRequest, `"password" is missing or empty`},
		{"no email", wire.TypeJSON, `{"password":"pa55w0rd"}`, wire.InvalidRequest, `"email" is missing or empty`},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := loginRequest(b, row.body)
			req.Header.Set("Content-Type", row.contentType)
			p := wantRefusal(t, b.Do(req), row.want)
			if !strings.Contains(p.Detail, row.detail) || strings.Contains(p.Detail, "12345678") {
				t.Errorf("detail %q, want one that says %q", p.Detail, row.detail)
			}
		})
	}
	t.Run("a field more and a charset", func(t *testing.T) {
		req := loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd","remember":true}`)
		req.Header.Set("Content-Type", "Application/JSON; charset=utf-8")
		wantStatus(t, b.Do(req), http.StatusCreated)
	})
}

func TestS3Passwords(t *testing.T) {
	s := start(t)
	long := strings.Repeat("a", 72)
	for _, row := range []struct{ name, email, password, wrong string }{
		{"64 characters", "a@example.com", strings.Repeat("p", 64), strings.Repeat("p", 63)},
		{"a difference after byte 72", "b@example.com", long + "b", long + "c"},
		{"Unicode", "c@example.com", "Pässwörter 🔑 пароль", "Passworter 🔑 пароль"},
		{"256 characters", "d@example.com", strings.Repeat("é", 256), strings.Repeat("é", 255)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := s.Accounts.Add(t.Context(), account.NewUser{Email: row.email, Password: row.password}); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, s.Browser(t).Login(row.email, row.password), http.StatusCreated)
			wantRefusal(t, s.Browser(t).Login(row.email, row.wrong), wire.InvalidCredentials)
		})
	}
}

func TestS4EmailInAnyForm(t *testing.T) {
	s := start(t)
	for _, email := range []string{"USER@Example.com", "  user@example.com\t"} {
		t.Run(email, func(t *testing.T) {
			b := s.Browser(t)
			wantStatus(t, b.Login(email, servertest.Password), http.StatusCreated)
			var user wire.User
			res := b.Get(pathMe)
			wantStatus(t, res, http.StatusOK)
			res.JSON(t, &user)
			if user.Email != servertest.Email {
				t.Errorf("signed in as %q", user.Email)
			}
		})
	}
}

func TestS5LoginReplacesTheSessionOfTheBrowser(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	before := b.Copy()
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	if p := wantRefusal(t, before.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonReplaced {
		t.Errorf("reason %q, want replaced", p.Reason)
	}
	wantStatus(t, b.Refresh(), http.StatusOK)
}

func TestMe(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	res := b.Get(pathMe)
	wantStatus(t, res, http.StatusOK)
	var user wire.User
	res.JSON(t, &user)
	want := s.Clock.Now().Format(time.RFC3339)
	if user.Email != servertest.Email || user.Name != "Test User" || user.ID == "" || user.CreatedAt != want {
		t.Errorf("user %+v, created at %s", user, want)
	}
	if err := s.Accounts.SetDisabled(t.Context(), servertest.Email, true); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.Get(pathMe), wire.InvalidToken)
}

func TestS20DisabledUser(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	if err := s.Accounts.SetDisabled(t.Context(), servertest.Email, true); err != nil {
		t.Fatal(err)
	}
	if p := wantRefusal(t, b.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonDisabled {
		t.Errorf("reason %q, want disabled", p.Reason)
	}
	if err := s.Accounts.SetDisabled(t.Context(), servertest.Email, false); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.Refresh(), wire.SessionRevoked)
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
}

// TestDisabledDuringLogin is about a user who is disabled after the password was
// checked and before the session begins.
func TestDisabledDuringLogin(t *testing.T) {
	var s *servertest.Server
	s = start(t, func(c *server.Config) {
		check := c.Authenticate
		c.Authenticate = func(ctx context.Context, email, password string) (server.User, error) {
			user, err := check(ctx, email, password)
			return user, errors.Join(err, s.Accounts.SetDisabled(ctx, email, true))
		}
	})
	wantRefusal(t, s.Browser(t).Login(servertest.Email, servertest.Password), wire.InvalidCredentials)
}
