package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

func operationScenarios() []scenario {
	return []scenario{
		{"S21", "the database does not answer", databaseStopped},
		{"S27", "a new signing key", newKey},
		{"S28", "many refreshes of one session", oneRow},
		{"S30", "what is no request", noRequest},
	}
}

// databaseStopped holds the lock for writing, as a backup that hangs would. The
// SIGKILL of S21 is TestKilledDuringRefreshes, for it needs a process.
func databaseStopped(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	release := s.db.lock(t)
	res := b.Refresh()
	wantRefused(t, res, wire.TemporarilyUnavailable)
	if res.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	release()
	want(t, b.Refresh(), http.StatusOK, "")
}

func newKey(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	kid := func(token string) string { return header(t, token)["kid"].(string) }
	published := func() (kids []string) {
		t.Helper()
		res := b.Get("/.well-known/jwks.json")
		if strings.Contains(string(res.Body), `"d"`) {
			t.Errorf("a private key is published: %s", res.Body)
		}
		var set struct{ Keys []struct{ Kid string } }
		res.JSON(t, &set)
		for _, key := range set.Keys {
			kids = append(kids, key.Kid)
		}
		return kids
	}
	old := kid(b.AccessToken)
	s.command("", "key", "rotate", "|")
	s.advance(2 * time.Minute) // every node has read the keys again
	if kids := published(); len(kids) != 2 {
		t.Fatalf("published are %q", kids)
	}
	want(t, b.Refresh(), http.StatusOK, "")
	if kid(b.AccessToken) != old {
		t.Error("the new key is used before everybody can know it")
	}
	s.advance(7 * time.Minute)
	want(t, b.Refresh(), http.StatusOK, "")
	before := b.Copy()
	if kid(before.AccessToken) != old {
		t.Error("the new key is used nine minutes after it was published")
	}
	s.advance(2 * time.Minute)
	want(t, b.Refresh(), http.StatusOK, "")
	if kid(b.AccessToken) == old {
		t.Error("the new key is not used")
	}
	s.advance(3*time.Minute - time.Second)
	want(t, before.Get(me), http.StatusOK, "") // to the end of its life
}

// oneRow has fewer refreshes than the test of the engine, and each over HTTP.
func oneRow(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.signedIn()
	for range 500 {
		if res := b.Refresh(); res.Status != http.StatusOK {
			t.Fatalf("%d %s", res.Status, res.Body)
		}
	}
	if list := s.command("", "session", "list", "|"); strings.Count(list, "\n") != 2 { // a heading, and one
		t.Errorf("the sessions are\n%s", list)
	}
	if rows := s.db.rows(t); rows != 1 {
		t.Errorf("%d rows", rows)
	}
}

func noRequest(t *testing.T, on engine) {
	s := on.newSite(t)
	b := s.browser()
	for name, body := range map[string]string{
		"nothing":       ``,
		"half":          `{"email":"user@exa`,
		"no object":     `[1,2,3]`,
		"null":          `null`,
		"wrong types":   `{"email":1,"password":{}}`,
		"no password":   `{"email":"user@example.com"}`,
		"no text":       "\x00\xff\xfe",
		"deep":          strings.Repeat(`{"email":`, 1500),
		"two documents": `{"email":"user@example.com","password":"pa55w0rd"}{}`,
	} {
		req := b.Request("POST", "/api/auth", []byte(body))
		req.Header.Set("Content-Type", wire.TypeJSON)
		if problem := wantRefused(t, b.Do(req), wire.InvalidRequest); problem.Detail == "" {
			t.Errorf("%s: no word on what to do", name)
		}
	}
	t.Run("what no database takes for a text", func(t *testing.T) {
		for name, email := range map[string]string{
			"NUL":           `nobody\u0000@example.com`,
			"NUL, as it is": "nobody\x00@example.com",
			"not UTF-8":     "nobody\xff@example.com",
			"half a pair":   `nobody\ud800@example.com`,
		} {
			req := b.Request("POST", "/api/auth", []byte(`{"email":"`+email+`","password":"pa55w0rd"}`))
			req.Header.Set("Content-Type", wire.TypeJSON)
			if res := b.Do(req); res.Status/100 != 4 {
				t.Errorf("%s in an email address: %d %s", name, res.Status, res.Body)
			}
		}
		in := s.signedIn()
		for _, id := range []string{"%00", "A%00", "%ff", "%ed%a0%80"} {
			want(t, in.Delete("/api/auth/sessions/"+id), http.StatusNotFound, wire.NotFound)
		}
		for _, agent := range []string{"\xff", "a\xc3", strings.Repeat("ö", 500)} {
			req := b.Request("POST", "/api/auth", fmt.Appendf(nil, `{"email":%q,"password":%q}`, demoEmail, demoPassword))
			req.Header.Set("Content-Type", wire.TypeJSON)
			req.Header.Set("User-Agent", agent)
			want(t, b.Do(req), http.StatusCreated, "")
		}
		s.command("", "session", "revoke", "|", "--all")
	})
	t.Run("huge", func(t *testing.T) {
		req := b.Request("POST", "/api/auth", []byte(`{"email":"`+strings.Repeat("x", 8<<20)+`"}`))
		req.Header.Set("Content-Type", wire.TypeJSON)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return // closed while it was sent
		}
		_ = res.Body.Close() // the status is what counts
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("half-closed in the middle", func(t *testing.T) {
		if status := halfClosed(t, s.url, `{"email":"user@exa`, 60); status >= 200 && status < 300 || status >= 500 {
			t.Errorf("answered %d", status)
		}
	})
	t.Run("half-closed at the end", func(t *testing.T) {
		body := fmt.Sprintf(`{"email":%q,"password":%q}`, demoEmail, demoPassword)
		if status := halfClosed(t, s.url, body, len(body)); status != http.StatusCreated {
			t.Errorf("answered %d", status)
		}
	})
	if list := s.command("", "session", "list", "--json", "|"); strings.Count(list, "\n") != 1 {
		t.Errorf("the sessions are\n%s", list)
	}
}

// halfClosed sends a login and closes its side; 0: the server has closed its own.
func halfClosed(t *testing.T, url, body string, length int) int {
	t.Helper()
	addr := strings.TrimPrefix(url, "http://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // everything was read
	_, err = fmt.Fprintf(conn, "POST /api/auth HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", addr, length, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }() // the status is what counts
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
