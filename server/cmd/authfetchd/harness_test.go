package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
	"github.com/authfetch/authfetch/server/servertest"
)

// issuer is for servers that come back: the default names the port, which is
// another one each time, and sessions belong to an issuer.
const issuer = "http://authfetchd.example"

// result is what a command leaves behind.
type result struct {
	code     int
	out, err string
}

// run runs a command to its end, as main does.
func run(t *testing.T, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	err := main.Run(t.Context(), args, main.System{In: strings.NewReader(stdin), Out: &out, Err: &errs, Environ: environ(env)})
	code := main.Report(&errs, err)
	return result{code, out.String(), errs.String()}
}

// environ is the variables as the system has them.
func environ(env map[string]string) []string {
	var entries []string
	for name, value := range env {
		entries = append(entries, name+"="+value)
	}
	return entries
}

// badCommand is one that does nothing but say why.
type badCommand struct {
	name string
	args []string
	code int
	want string // part of what it says
}

func wantBadCommands(t *testing.T, rows []badCommand) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := run(t, nil, "", row.args...); got.code != row.code || !strings.Contains(got.err, row.want) {
				t.Errorf("code %d: %s\nwant code %d and %q", got.code, got.err, row.code, row.want)
			}
		})
	}
}

// daemon is a running "authfetchd serve".
type daemon struct {
	url  string
	out  string // what it printed at its start
	stop func() result
}

// serve starts the server inside the test and waits until it says where it
// listens. It stops when the test ends, at the latest.
func serve(t *testing.T, args ...string) daemon {
	t.Helper()
	return serveAt(t, nil, args...)
}

// serveAt is serve with a clock.
func serveAt(t *testing.T, now func() time.Time, args ...string) daemon {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	out, errs := &servertest.Log{}, &servertest.Log{}
	done := make(chan result, 1)
	go func() {
		args := append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)
		err := main.Run(ctx, args, main.System{In: strings.NewReader(""), Out: io.MultiWriter(out, writer), Err: errs, Now: now})
		code := main.Report(errs, err)
		_ = writer.Close() // never fails
		done <- result{code, out.String(), errs.String()}
	}()
	stop := sync.OnceValue(func() result {
		cancel()
		http.DefaultClient.CloseIdleConnections()          // which the server would wait for
		go func() { _, _ = io.Copy(io.Discard, reader) }() // what is printed after the address
		return <-done
	})
	t.Cleanup(func() { stop() })
	url := listening(reader)
	if url == "" {
		t.Fatalf("the server did not start: %+v", stop())
	}
	return daemon{url, out.String(), stop}
}

// listening reads until the server has said where it listens; "" where it ended
// before.
func listening(r io.Reader) string {
	found := regexp.MustCompile(`listens on (\S+)\n`)
	var text []byte
	chunk := make([]byte, 1024)
	for {
		n, err := r.Read(chunk)
		text = append(text, chunk[:n]...)
		if m := found.FindSubmatch(text); m != nil {
			return string(m[1])
		}
		if err != nil {
			return ""
		}
	}
}

// session is what a client keeps.
type session struct{ access, cookie string }

// login signs in and returns the status with the session.
func login(t *testing.T, url, email, password string) (int, session) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	return authenticate(t, url+"/api/auth", session{}, string(body))
}

// refresh refreshes and returns the status with the session afterwards.
func refresh(t *testing.T, url string, s session) (int, session) {
	t.Helper()
	return authenticate(t, url+"/api/auth/refresh", s, "")
}

func authenticate(t *testing.T, url string, s session, body string) (int, session) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Auth-Fetch", "1")
	if s.cookie != "" {
		req.Header.Set("Cookie", s.cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil {
		t.Fatal(err)
	}
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return res.StatusCode, session{token.AccessToken, cookie}
}

// get returns status, headers and body.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}
