package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestS26MethodsAndStrayPaths(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	for _, row := range []struct {
		method, path string
		want         wire.Code
		allow        string
	}{
		{http.MethodGet, pathRefresh, wire.MethodNotAllowed, "POST"},
		{http.MethodPut, pathRefresh, wire.MethodNotAllowed, "POST"},
		{http.MethodDelete, pathRefresh, wire.MethodNotAllowed, "POST"},
		{http.MethodOptions, pathRefresh, wire.MethodNotAllowed, "POST"},
		{http.MethodGet, pathAuth, wire.MethodNotAllowed, "DELETE, POST"},
		{http.MethodPost, pathMe, wire.MethodNotAllowed, "GET, HEAD"},
		{http.MethodPost, pathSessions, wire.MethodNotAllowed, "DELETE, GET, HEAD"},
		{http.MethodOptions, pathSessions, wire.MethodNotAllowed, "DELETE, GET, HEAD"},
		{http.MethodGet, pathSessions + "/some", wire.MethodNotAllowed, "DELETE"},
		{http.MethodPost, wire.PathJWKS, wire.MethodNotAllowed, "GET, HEAD"},
		{http.MethodGet, "/api/nothing", wire.NotFound, ""},
		{http.MethodGet, "/api/auth/", wire.NotFound, ""},
		{http.MethodGet, "/nothing", wire.NotFound, ""},
		{"BREW", pathRefresh, wire.NotFound, ""},
	} {
		t.Run(row.method+" "+row.path, func(t *testing.T) {
			res := b.Do(header{"X-Auth-Fetch": "1"}.on(b.Request(row.method, row.path, nil)))
			wantRefusal(t, res, row.want)
			if got := res.Header.Get("Allow"); got != row.allow {
				t.Errorf("Allow %q, want %q", got, row.allow)
			}
		})
	}
	t.Run("HEAD "+pathRefresh, func(t *testing.T) {
		res := b.Do(header{"X-Auth-Fetch": "1"}.on(b.Request(http.MethodHead, pathRefresh, nil)))
		if res.Status != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
			t.Errorf("status %d, Allow %q", res.Status, res.Header.Get("Allow"))
		}
	})
	t.Run("HEAD "+pathMe, func(t *testing.T) {
		req := b.Request(http.MethodHead, pathMe, nil)
		wantStatus(t, b.Do(header{"Authorization": "Bearer " + b.AccessToken}.on(req)), http.StatusOK)
	})
	if got := claimsOf(t, s, b).Generation; got != 0 {
		t.Errorf("generation %d, want no rotation", got)
	}
}

func TestS29HeadersOnEveryAnswer(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	for name, res := range map[string]servertest.Response{
		"login":     b.Login(servertest.Email, servertest.Password),
		"refresh":   b.Refresh(),
		"me":        b.Get(pathMe),
		"refusal":   b.Get("/api/nothing"),
		"csrf":      b.Do(header{"Origin": "null"}.on(b.RefreshRequest())),
		"jwks":      b.Get(wire.PathJWKS),
		"health":    b.Get(wire.PathHealth),
		"logout":    b.Logout(),
		"signed in": b.Get(pathMe),
	} {
		t.Run(name, func(t *testing.T) {
			for header, want := range map[string]string{
				"X-Content-Type-Options":    "nosniff",
				"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
				"Referrer-Policy":           "no-referrer",
				"Strict-Transport-Security": "", // this is plain HTTP
			} {
				if got := res.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestTrustedProxies(t *testing.T) {
	local := netip.MustParsePrefix("127.0.0.0/8")
	inner := netip.MustParsePrefix("10.0.0.0/8")
	for _, row := range []struct {
		name    string
		trusted []netip.Prefix
		sent    []string // X-Forwarded-For
		address string
		hsts    bool
	}{
		{"nobody is trusted", nil, []string{"6.6.6.6"}, "127.0.0.1", false},
		{"another proxy is trusted", []netip.Prefix{inner}, []string{"6.6.6.6"}, "127.0.0.1", false},
		{"one proxy", []netip.Prefix{local}, []string{"203.0.113.9"}, "203.0.113.9", true},
		{"a forged entry before the real one", []netip.Prefix{local}, []string{"6.6.6.6, 203.0.113.9"}, "203.0.113.9", true},
		{"two proxies", []netip.Prefix{local, inner}, []string{"6.6.6.6, 203.0.113.9", "10.1.2.3"}, "203.0.113.9", true},
		{"garbage", []netip.Prefix{local}, []string{"6.6.6.6, unknown"}, "127.0.0.1", true},
		{"IPv6", []netip.Prefix{local}, []string{"2001:db8::9"}, "2001:db8::9", true},
		{"with a port", []netip.Prefix{local}, []string{"203.0.113.9:50123"}, "203.0.113.9", true},
		{"IPv6 with a port", []netip.Prefix{local}, []string{"[2001:db8::9]:50123"}, "2001:db8::9", true},
		{"nothing sent", []netip.Prefix{local}, nil, "127.0.0.1", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, func(c *server.Config) { c.HTTP.TrustedProxies = row.trusted })
			b := s.Browser(t)
			req := header{"X-Forwarded-Proto": "https"}.on(loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`))
			req.Header["X-Forwarded-For"] = row.sent
			res := b.Do(req)
			wantStatus(t, res, http.StatusCreated)
			if got := res.Header.Get("Strict-Transport-Security") != ""; got != row.hsts {
				t.Errorf("HSTS %v, want %v", got, row.hsts)
			}
			if log := s.Log.String(); !strings.Contains(log, "address="+row.address+"\n") {
				t.Errorf("not from %s:\n%s", row.address, log)
			}
		})
	}
}

func TestTheLogHasNoSecrets(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	secrets := []string{servertest.Password}
	keep := func() {
		_, cookie, _ := strings.Cut(b.Cookie, "=")
		for _, token := range []string{b.AccessToken, cookie} {
			secrets = append(secrets, token)
			secrets = append(secrets, strings.Split(token, ".")...)
		}
	}
	keep()
	stolen := b.Copy()
	for range 3 {
		wantStatus(t, b.Refresh(), http.StatusOK)
		keep()
	}
	wantStatus(t, b.Get(pathMe), http.StatusOK)
	wantRefusal(t, b.Get(pathMe+"?access_token="+b.AccessToken), wire.InvalidRequest)
	wantRefusal(t, bearer(b, "Bearer "+b.AccessToken+"x"), wire.InvalidToken)
	wantRefusal(t, b.Login(servertest.Email, servertest.Password+"x"), wire.InvalidCredentials)
	wantRefusal(t, b.Do(loginRequest(b, `{"email":1,"password":"`+servertest.Password)), wire.InvalidRequest)
	wantRefusal(t, b.Do(presents(b, b.Cookie+"x")), wire.RefreshMalformed)
	wantRefusal(t, stolen.Refresh(), wire.RefreshReused)
	b.Logout()

	log := s.Log.String()
	if !strings.Contains(log, "path=/api/auth/refresh status=200") {
		t.Fatalf("requests are not logged:\n%s", log)
	}
	headers := make(map[string]bool) // parts that are the same in every token name no one
	for _, secret := range secrets {
		if strings.HasPrefix(secret, "eyJhbGciOi") && !strings.Contains(secret, ".") {
			headers[secret] = true
			continue
		}
		if strings.Contains(log, secret) {
			t.Errorf("the log contains %q", secret)
		}
	}
	if len(headers) != 2 {
		t.Errorf("%d kinds of token headers, want two", len(headers))
	}
}

func TestApplicationClaims(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.Users.Claims = func(_ context.Context, userID string) (map[string]any, error) {
			return map[string]any{"role": "admin", "for": userID}, nil
		}
	})
	b := signedIn(t, s)
	for range 2 {
		claims := claimsOf(t, s, b)
		if got := fmt.Sprint(claims.Extra); got != fmt.Sprintf("map[for:%s role:admin]", claims.UserID) {
			t.Errorf("claims %s at generation %d", got, claims.Generation)
		}
		wantStatus(t, b.Refresh(), http.StatusOK)
	}
}

// A mistake in the application must not leave a session that nobody has.
func TestApplicationClaimsThatCannotBeMinted(t *testing.T) {
	for name, claims := range map[string]map[string]any{
		"one of ours": {"sub": "somebody else"},
		"not JSON":    {"callback": func() {}},
	} {
		t.Run(name, func(t *testing.T) {
			var user string
			s := start(t, func(c *server.Config) {
				c.Users.Claims = func(_ context.Context, userID string) (map[string]any, error) {
					user = userID
					return claims, nil
				}
			})
			wantRefusal(t, s.Browser(t).Login(servertest.Email, servertest.Password), wire.Internal)
			left, err := s.Store.Sessions(t.Context(), user, s.Clock.Now())
			if err != nil || len(left) > 0 {
				t.Errorf("sessions left behind: %d, error %v", len(left), err)
			}
		})
	}
}
