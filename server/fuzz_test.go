package server_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// FuzzCookieHeader reads whatever a client calls its cookies. What net/http finds,
// we find; what we find is what was sent.
func FuzzCookieHeader(f *testing.F) {
	s := servertest.New(f, servertest.Options{Configure: func(c *server.Config) {
		c.HTTP.Cookie = server.CookieConfig{Profile: server.CookiePlain, Previous: server.CookieHost}
	}})
	for _, seed := range []string{
		"refresh_token=a.b.c", "refresh_token=a; refresh_token=b", "__Host-Http-refresh_token=a;refresh_token=b",
		`refresh_token="a"`, "refresh_token=", "refresh_token", "=refresh_token", " refresh_token = a ", "Refresh_Token=a",
		"a=b; ; ;refresh_token=a=b==;", "refresh_token=\x00", "refresh_token=\xff", "x=refresh_token=a", strings.Repeat("refresh_token=a;", 100),
		"refresh_token=a,refresh_token=b", "\trefresh_token=a\t", "$Version=1; refresh_token=a; $Path=/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !httpguts.ValidHeaderFieldValue(line) {
			return // net/http does not let it through
		}
		r := &http.Request{Header: http.Header{"Cookie": {line}}}
		got := s.Auth.ReadCookies(r.Header)
		for _, name := range []string{"refresh_token", "__Host-Http-refresh_token"} {
			for _, cookie := range r.CookiesNamed(name) {
				if value := strings.Trim(cookie.Value, " \t"); value != "" && !cookie.Quoted && !slices.Contains(got, value) {
					t.Errorf("%q of %s is not found in %q: %q", value, name, line, got)
				}
			}
		}
		for _, value := range got {
			if value == "" || strings.Contains(value, ";") || !strings.Contains(line, value) {
				t.Errorf("%q is not a cookie of %q", value, line)
			}
		}
		// A cookie beside it, good or bad, hides none.
		beside := s.Auth.ReadCookies(http.Header{"Cookie": {line + "; refresh_token=good"}})
		if !slices.Contains(beside, "good") || len(beside) != len(got)+1 {
			t.Errorf("%q hides a cookie: %q", line, beside)
		}
	})
}

// FuzzAuthorization sends whatever a client may write into the header. Nobody gets
// in, and every refusal is one that a client understands.
func FuzzAuthorization(f *testing.F) {
	s := servertest.New(f, servertest.Options{})
	b := s.Browser(f)
	if res := b.Login(servertest.Email, servertest.Password); res.Status != http.StatusCreated {
		f.Fatalf("status %d: %s", res.Status, res.Body)
	}
	token := b.AccessToken
	for _, seed := range []string{
		"", "Bearer", "Bearer ", "bearer x", "Bearer  x", "Bearer x y", "Bearer\tx", "Basic dXNlcjpwYTU1dzByZA==", "DPoP x", "Bearer eyJ.eyJ.x",
		"Bearer " + token + "x", "Bearer " + token[:len(token)-1], "Bearer " + strings.ToUpper(token), "x Bearer " + token,
		"Bearer " + strings.Replace(token, ".", "..", 1), "Bearer \x00", "Bearer \xff\xfe", "Bearer " + strings.Repeat("a", 5000),
		`Bearer realm="x"`, "Bearer,Bearer", token,
	} {
		f.Add(seed)
	}
	handler := s.Auth.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Contains(value, token) && strings.HasSuffix(strings.TrimSpace(value), " "+token) {
			return // somebody who has the token
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return // net/http does not let it through
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/orders", nil)
		req.Header["Authorization"] = []string{value}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		challenge := answer.Header().Get(wire.HeaderChallenge)
		if answer.Code != http.StatusUnauthorized || answer.Header().Get("Content-Type") != wire.TypeProblem {
			t.Errorf("%q: status %d: %s", value, answer.Code, answer.Body)
		}
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if came := strings.EqualFold(scheme, wire.SchemeBearer); came != strings.Contains(challenge, `error="invalid_token"`) {
			t.Errorf("%q: challenge %q", value, challenge)
		}
		if strings.ContainsFunc(challenge, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			t.Errorf("%q: challenge %q has characters that RFC 6750 does not allow", value, challenge)
		}
	})
}
