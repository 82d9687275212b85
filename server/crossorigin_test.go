package server_test

import (
	"net/http"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

const app = "https://app.example.com"

func allowApp(c *server.Config) { c.AllowedOrigins = []string{app} }

func TestS24ForgedRequests(t *testing.T) {
	s := start(t, allowApp)
	b := signedIn(t, s)
	b.AccessToken = "" // the cookie is what a foreign page would use
	for _, row := range []struct {
		name   string
		header header
		ok     bool
	}{
		{"foreign origin", header{"Origin": "https://evil.example"}, false},
		{"foreign origin that begins like ours", header{"Origin": app + ".evil.example"}, false},
		{"null origin", header{"Origin": "null"}, false},
		{"cross-site", header{"Sec-Fetch-Site": "cross-site"}, false},
		{"cross-site from a foreign origin", header{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, false},
		{"same-site, not on the list", header{"Sec-Fetch-Site": "same-site", "Origin": "https://www.example.com"}, false},
		{"neither header and no marker", header{"X-Auth-Fetch": ""}, false},
		{"a marker of another value", header{"X-Auth-Fetch": "0"}, false},
		{"same origin without the marker", header{"X-Auth-Fetch": "", "Sec-Fetch-Site": "same-origin"}, false},
		{"same origin", header{"Sec-Fetch-Site": "same-origin"}, true},
		{"same origin by the Origin header", header{"Origin": s.URL}, true},
		{"an origin on the list", header{"Sec-Fetch-Site": "cross-site", "Origin": app}, true},
		{"Authorization instead of the marker", header{"X-Auth-Fetch": "", "Authorization": "Basic eDp5"}, true},
	} {
		for path, method := range map[string]string{"refresh": http.MethodPost, "logout": http.MethodDelete} {
			t.Run(row.name+", "+path, func(t *testing.T) {
				b := b.Copy()
				if row.ok {
					b = signedIn(t, s)
					b.AccessToken = ""
				}
				req := row.header.on(b.RefreshRequest())
				if method == http.MethodDelete {
					req = row.header.on(logoutRequest(b, b.Cookie, ""))
				}
				res := b.Do(req)
				if !row.ok {
					wantRefusal(t, res, wire.CSRFRejected)
				} else if res.Status >= 300 {
					t.Errorf("status %d: %s", res.Status, res.Body)
				}
			})
		}
	}
	t.Run("login from a foreign page", func(t *testing.T) {
		req := loginRequest(b, `{"email":"user@example.com","password":"pa55w0rd"}`)
		wantRefusal(t, b.Do(header{"Origin": "https://evil.example"}.on(req)), wire.CSRFRejected)
	})
	wantStatus(t, b.Refresh(), http.StatusOK)
	if got := claimsOf(t, s, b).Generation; got != 1 {
		t.Errorf("generation %d after one refresh that was let through, want 1", got)
	}
}

func TestS25Preflight(t *testing.T) {
	s := start(t, allowApp)
	b := s.Browser(t)
	preflight := func(origin, path string) servertest.Response {
		return b.Do(header{
			"Origin": origin, "Access-Control-Request-Method": "POST",
			"Access-Control-Request-Headers": "authorization,x-auth-fetch",
		}.on(b.Request(http.MethodOptions, path, nil)))
	}
	for _, path := range []string{pathAuth, pathRefresh, pathMe, "/api/of/the/application"} {
		t.Run("allowed "+path, func(t *testing.T) {
			res := preflight(app, path)
			wantStatus(t, res, http.StatusNoContent)
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin":      app,
				"Access-Control-Allow-Credentials": "true",
				"Access-Control-Allow-Methods":     "GET, HEAD, POST, PUT, PATCH, DELETE",
				"Access-Control-Allow-Headers":     "authorization,x-auth-fetch",
				"Vary":                             "Origin",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
	for _, origin := range []string{
		app + ".evil.example", "https://evil-app.example.com", "http://app.example.com",
		"https://APP.example.com", app + ":8443", app + "/", "null", s.URL,
	} {
		t.Run("refused "+origin, func(t *testing.T) {
			res := preflight(origin, pathRefresh)
			wantRefusal(t, res, wire.CSRFRejected)
			for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
				if got := res.Header.Get(name); got != "" {
					t.Errorf("%s: %q", name, got)
				}
			}
			if got := res.Header.Get("Vary"); got != "Origin" {
				t.Errorf("Vary %q", got)
			}
		})
	}
}

func TestS25Answers(t *testing.T) {
	s := start(t, allowApp)
	b := signedIn(t, s)
	get := func(origin string) servertest.Response {
		return b.Do(header{"Origin": origin, "Authorization": "Bearer " + b.AccessToken}.on(b.Request(http.MethodGet, pathMe, nil)))
	}
	res := get(app)
	wantStatus(t, res, http.StatusOK)
	if got := res.Header.Get("Access-Control-Expose-Headers"); got != "WWW-Authenticate, Retry-After, DPoP-Nonce" {
		t.Errorf("Access-Control-Expose-Headers %q", got)
	}
	if got := res.Header.Get("Access-Control-Allow-Origin"); got != app {
		t.Errorf("Access-Control-Allow-Origin %q", got)
	}
	// A plain GET of a foreign page is answered; the browser keeps it from the page.
	res = get("https://evil.example")
	wantStatus(t, res, http.StatusOK)
	if got := res.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Access-Control-Allow-Origin %q for a foreign page", got)
	}
	// A refusal must be readable by our own page, or it could not tell why.
	refused := b.Do(header{"Origin": app}.on(b.Request(http.MethodGet, pathMe, nil)))
	wantRefusal(t, refused, wire.InvalidToken)
	if got := refused.Header.Get("Access-Control-Allow-Origin"); got != app {
		t.Errorf("Access-Control-Allow-Origin %q on a refusal", got)
	}
}

func TestCheckOrigin(t *testing.T) {
	for _, good := range []string{app, "http://localhost:5173", "http://[::1]:3000"} {
		if err := server.CheckOrigin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"*", "https://*.example.com", "null", "", "app.example.com", "ftp://example.com", app + "/", app + "/path",
		"https://App.example.com", "https://app.example.com:443", "http://app.example.com:80", "https://user@app.example.com",
		"https://app.example.com:", "https://münchen.example", "https://app.example.com?", "https://app.example.com#",
	} {
		if err := server.CheckOrigin(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
