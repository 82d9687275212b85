package main_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

func browserScenarios() []scenario {
	return []scenario{
		{"S24", "a foreign page asks for a refresh", foreignPages},
		{"S25", "preflights", preflights},
		{"S26", "other methods", otherMethods},
		{"S29", "headers on every answer", headers},
	}
}

const app = "https://app.example.com"

func foreignPages(t *testing.T, on engine) {
	b := on.newSite(t, "--origin", app).signedIn()
	for name, header := range map[string]map[string]string{
		"foreign origin":       {"Origin": "https://evil.example"},
		"null":                 {"Origin": "null"},
		"suffix":               {"Origin": app + ".evil.example"},
		"cross-site":           {"Sec-Fetch-Site": "cross-site"},
		"same-site, not on it": {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.com"},
	} {
		for _, method := range []string{"POST /api/auth/refresh", "DELETE /api/auth", "DELETE /api/auth/sessions", "POST /api/auth"} {
			verb, path, _ := strings.Cut(method, " ")
			req := b.Request(verb, path, nil)
			req.Header.Set("X-Auth-Fetch", "1")
			for key, value := range header {
				req.Header.Set(key, value)
			}
			if problem := wantRefused(t, b.Do(req), wire.CSRFRejected); problem.Code != wire.CSRFRejected {
				t.Errorf("%s: %s was let through", name, method)
			}
		}
	}
	wantRefused(t, b.Do(b.Request("POST", "/api/auth/refresh", nil)), wire.CSRFRejected) // neither header
	allowed := b.RefreshRequest()
	allowed.Header.Set("Origin", app)
	allowed.Header.Set("Sec-Fetch-Site", "cross-site")
	res := b.Do(allowed)
	want(t, res, http.StatusOK, "")
	if gen := claims(t, tokenOf(t, res))["gen"]; gen != 1.0 {
		t.Errorf("generation %v: a refused request has rotated", gen)
	}
}

func preflights(t *testing.T, on engine) {
	b := on.newSite(t, "--origin", app).browser()
	for _, row := range []struct {
		origin string
		status int
		code   wire.Code
	}{
		{app, http.StatusNoContent, ""},
		{"https://evil.example", http.StatusForbidden, wire.CSRFRejected},
		{app + ".evil.example", http.StatusForbidden, wire.CSRFRejected},
		{"http://app.example.com", http.StatusForbidden, wire.CSRFRejected},
		{app + ":8443", http.StatusForbidden, wire.CSRFRejected},
		{"https://APP.example.com", http.StatusForbidden, wire.CSRFRejected},
	} {
		req := b.Request("OPTIONS", "/api/auth/refresh", nil)
		req.Header.Set("Origin", row.origin)
		req.Header.Set("Access-Control-Request-Method", "POST")
		req.Header.Set("Access-Control-Request-Headers", "authorization,x-auth-fetch")
		res := b.Do(req)
		want(t, res, row.status, row.code)
		if !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: Vary %q", row.origin, res.Header.Values("Vary"))
		}
		origin, credentials := "", ""
		if row.code == "" {
			origin, credentials = row.origin, "true"
		}
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("%s: allowed origin %q", row.origin, got)
		}
		if got := res.Header.Get("Access-Control-Allow-Credentials"); got != credentials {
			t.Errorf("%s: credentials %q", row.origin, got)
		}
	}
}

func otherMethods(t *testing.T, on engine) {
	b := on.newSite(t).signedIn()
	for _, method := range []string{"GET", "HEAD", "PUT"} {
		req := b.RefreshRequest()
		req.Method = method
		res := b.Do(req)
		if res.Status != http.StatusMethodNotAllowed || !slices.Contains(strings.Split(res.Header.Get("Allow"), ", "), "POST") {
			t.Errorf("%s: %d, Allow %q", method, res.Status, res.Header.Get("Allow"))
		}
	}
	want(t, b.Refresh(), http.StatusOK, "")
	if gen := claims(t, b.AccessToken)["gen"]; gen != 1.0 {
		t.Errorf("generation %v: another method has rotated", gen)
	}
}

func headers(t *testing.T, on engine) {
	s := on.newSite(t, "--trusted-proxy", "127.0.0.1")
	b := s.signedIn()
	for _, path := range []string{me, "/api/nothing", "/api/auth/sessions", "/.well-known/jwks.json", "/healthz", "/readyz"} {
		for _, scheme := range []string{"http", "https"} {
			req := b.Request("GET", path, nil)
			req.Header.Set("Authorization", "Bearer "+b.AccessToken)
			req.Header.Set("X-Forwarded-Proto", scheme)
			got := b.Do(req).Header
			if got.Get("X-Content-Type-Options") != "nosniff" || got.Get("Referrer-Policy") == "" ||
				got.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'" ||
				(got.Get("Strict-Transport-Security") != "") != (scheme == "https") {
				t.Errorf("%s over %s: %v", path, scheme, got)
			}
		}
	}
	policy := b.Do(b.Request("GET", "/authfetch.js", nil)).Header.Get("Content-Security-Policy")
	if policy == "" || strings.Contains(policy, "unsafe-inline") || strings.Contains(strings.ReplaceAll(policy, "wasm-unsafe-eval", ""), "unsafe-eval") {
		t.Errorf("the pages' policy is %q", policy)
	}
}
