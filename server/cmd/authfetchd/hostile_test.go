package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// crlf writes a request as it goes over the wire.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") }

// exchange sends bytes as they are and returns the answers until the server
// closes the connection, which it does for want of more.
func exchange(t *testing.T, url, request string) []*http.Response {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	var answers []*http.Response
	for reader := bufio.NewReader(conn); ; {
		res, err := http.ReadResponse(reader, nil)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return answers
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body = io.NopCloser(bytes.NewReader(body))
		answers = append(answers, res)
	}
}

// statuses are those of the answers: "400", "200 404".
func statuses(answers []*http.Response) string {
	var all []string
	for _, res := range answers {
		all = append(all, fmt.Sprint(res.StatusCode))
	}
	return strings.Join(all, " ")
}

const credentials = `{"email":"user@example.com","password":"pa55w0rd"}`

// post is a login that is right in every respect but its first line and the
// headers that are put on top.
func post(target string, headers ...string) string {
	return crlf(append([]string{"POST " + target + " HTTP/1.1"}, append(headers, "Connection: close",
		"Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(credentials)), "", credentials)...)...)
}

// An address has one spelling: what a proxy in front takes for another one must
// not reach a route behind its back.
func TestOtherSpellingsOfAnAddress(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir())
	if got := statuses(exchange(t, d.url, post("/api/auth", "Host: a"))); got != "201" {
		t.Fatalf("the address itself: %s", got)
	}
	for _, target := range []string{
		"//api/auth", "/api//auth", "/api/./auth", "/api/x/../auth", "/../api/auth", "/api/auth/",
		"/%61pi/auth", "/api/%61uth", "/api%2fauth", "/api/auth%2f", "/api/auth%00", "/api/%2e%2e/api/auth",
		"/API/auth", "/api/Auth", "/api/auth;a=b", `/api\auth`, "/api/auth%23", "/api/auth%3f", "//evil.example/..//api/auth",
	} {
		t.Run(target, func(t *testing.T) {
			answers := exchange(t, d.url, post(target, "Host: a"))
			if len(answers) != 1 || answers[0].StatusCode < 400 {
				t.Fatalf("answered with %s", statuses(answers))
			}
			res := answers[0]
			if cookie := res.Header.Get("Set-Cookie"); cookie != "" {
				t.Errorf("sets %s", cookie)
			}
			if got := res.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options %q", got)
			}
		})
	}
	// A redirect to one of these would lead away, or set what it likes.
	for _, target := range []string{"//evil.example/..", `/\evil.example`, "//evil.example//", "/%5cevil.example//", "/api/%0d%0aSet-Cookie:%20a=b//"} {
		t.Run("GET "+target, func(t *testing.T) {
			answers := exchange(t, d.url, crlf("GET "+target+" HTTP/1.1", "Host: a", "Connection: close", "", ""))
			if got := statuses(answers); got != "404" {
				t.Errorf("answered with %s", got)
			}
		})
	}
}

// What a request says about itself in other places than the protocol's is
// nobody's word.
func TestOverridesAreIgnored(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--log-level", "debug")
	_, s := login(t, d.url, demoEmail, demoPassword)
	for _, row := range []struct {
		name, request, want string
	}{
		{"a method in a header", crlf("GET /api/auth/refresh HTTP/1.1", "Host: a", "X-HTTP-Method-Override: POST", "X-Method-Override: POST",
			"X-Auth-Fetch: 1", "Cookie: "+s.cookie, "Connection: close", "", ""), "405"},
		{"a method in the query", crlf("GET /api/auth/refresh?_method=POST HTTP/1.1", "Host: a", "X-Auth-Fetch: 1",
			"Cookie: "+s.cookie, "Connection: close", "", ""), "405"},
		{"a path in a header", crlf("POST /healthz HTTP/1.1", "Host: a", "X-Original-URL: /api/auth/refresh", "X-Rewrite-URL: /api/auth/refresh",
			"X-Auth-Fetch: 1", "Cookie: "+s.cookie, "Content-Length: 0", "Connection: close", "", ""), "405"},
		{"the mark in a trailer", crlf("POST /api/auth/refresh HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Trailer: X-Auth-Fetch",
			"Cookie: "+s.cookie, "Connection: close", "", "0", "X-Auth-Fetch: 1", "", ""), "403"},
		{"the mark in the query", crlf("POST /api/auth/refresh?X-Auth-Fetch=1 HTTP/1.1", "Host: a", "Content-Length: 0",
			"Cookie: "+s.cookie, "Connection: close", "", ""), "403"},
		{"a user in headers", crlf("GET /api/users/me HTTP/1.1", "Host: a", "X-User: root", "X-Forwarded-User: root", "Remote-User: root",
			"Connection: close", "", ""), "401"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := statuses(exchange(t, d.url, row.request)); got != row.want {
				t.Errorf("answered with %s, want %s", got, row.want)
			}
		})
	}
	forged := exchange(t, d.url, post("/api/auth", "Host: evil.example", "X-Forwarded-For: 6.6.6.6", "X-Real-IP: 6.6.6.6",
		"Forwarded: for=6.6.6.6;proto=https", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"))
	if statuses(forged) != "201" || forged[0].Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("forged headers: %s, HSTS %q", statuses(forged), forged[0].Header.Get("Strict-Transport-Security"))
	}
	if status, _ := refresh(t, d.url, s); status != http.StatusOK {
		t.Errorf("afterwards the session answers with %d", status)
	}
	if log := d.stop().err; strings.Contains(log, "6.6.6.6") || strings.Contains(log, "evil.example") {
		t.Errorf("the log believes them:\n%s", log)
	}
}

// Requests whose end two programs could see in different places, RFC 9112
// section 11.2. Whatever stands behind the first one must not be answered.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir())
	const next = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for _, row := range []struct {
		name    string
		headers []string
		body    string
	}{
		{"a length beside chunks", []string{"Content-Length: 5", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
		{"two lengths", []string{"Content-Length: 5", "Content-Length: 6"}, "abcdef"},
		{"a list of lengths", []string{"Content-Length: 5, 6"}, "abcdef"},
		{"a length with a sign", []string{"Content-Length: +5"}, "abcde"},
		{"a length below zero", []string{"Content-Length: -1"}, ""},
		{"a length in hexadecimal", []string{"Content-Length: 0x5"}, "abcde"},
		{"a blank before the colon", []string{"Content-Length : 5"}, "abcde"},
		{"an unknown encoding", []string{"Transfer-Encoding: xchunked"}, "0\r\n\r\n"},
		{"two encodings", []string{"Transfer-Encoding: chunked, identity"}, "0\r\n\r\n"},
		{"the encoding twice", []string{"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
		{"a chunk's size with a sign", []string{"Transfer-Encoding: chunked"}, "+2\r\n{}\r\n0\r\n\r\n"},
		{"a bare line feed in a chunk's extension", []string{"Transfer-Encoding: chunked"}, "2;a=\nGET\r\n{}\r\n0\r\n\r\n"},
		{"two hosts", []string{"Host: b", "Content-Length: 0"}, ""},
		{"no name", []string{": a", "Content-Length: 0"}, ""},
		{"a null byte", []string{"X: a\x00b", "Content-Length: 0"}, ""},
		{"a bare carriage return", []string{"X: a\rTransfer-Encoding: chunked", "Content-Length: 0"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			head := append([]string{"POST /api/auth HTTP/1.1", "Host: a", "Content-Type: application/json"}, row.headers...)
			answers := exchange(t, d.url, crlf(append(head, "", "")...)+row.body+next)
			if len(answers) != 1 || answers[0].StatusCode < 400 {
				t.Errorf("answered with %q, want one refusal", statuses(answers))
			}
		})
	}
}

// A header that is too large is refused before it is kept, a credential that is
// too large by the check of its form; no session is touched.
func TestOversizedHeaders(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir())
	_, s := login(t, d.url, demoEmail, demoPassword)
	long := strings.Repeat("A", 60_000)
	for _, row := range []struct{ name, line, want string }{
		{"any header", "X: " + long + long, "431"},
		{"many headers", strings.Repeat("X: "+long[:1000]+"\r\n", 100) + "Y: z", "431"},
		{"the cookie", "Cookie: __Host-Http-refresh_token=" + long, "401"},
		{"the cookie, in three parts", "Cookie: __Host-Http-refresh_token=" + long[:20_000] + "." + long[:20_000] + "." + long[:15_000], "401"},
		{"a thousand cookies", "Cookie: " + strings.Repeat("__Host-Http-refresh_token=a.b.c; ", 1000), "401"},
		{"the access token", "Authorization: Bearer " + long, "401"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := exchange(t, d.url, crlf("POST /api/auth/refresh HTTP/1.1", "Host: a", "Connection: close", "X-Auth-Fetch: 1",
				"Content-Length: 0", row.line, "", ""))
			if got := statuses(answers); got != row.want {
				t.Errorf("answered with %s, want %s", got, row.want)
			}
		})
	}
	if status, _ := refresh(t, d.url, s); status != http.StatusOK {
		t.Errorf("afterwards the session answers with %d", status)
	}
}

// The pages are as well guarded as the API.
func TestHeadersOfThePages(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir())
	for _, path := range []string{"/authfetch.js", "/nothing"} {
		res, _ := get(t, d.url+path)
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, part := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'self'", "form-action 'self'", "require-trusted-types-for 'script'"} {
			if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, got)
			}
		}
	}
}
