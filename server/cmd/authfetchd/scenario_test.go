package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// scenario is one behaviour of the server, given, when and then, over HTTP
// against a started program.
type scenario struct {
	id, name string
	run      func(t *testing.T, on engine)
}

func scenarios() []scenario {
	return slices.Concat(loginScenarios(), bearerScenarios(), rotationScenarios(), recoveryScenarios(),
		sessionScenarios(), browserScenarios(), operationScenarios())
}

// TestScenarios runs S1 to S30, each on both databases. What is here in a few lines is
// in depth in the tests of the packages.
func TestScenarios(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenarios() {
		seen[s.id] = true
		t.Run(s.id+" "+s.name, func(t *testing.T) {
			for name, on := range engines() {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s.run(t, on)
				})
			}
		})
	}
	for i := 1; i <= 30; i++ {
		if id := fmt.Sprintf("S%d", i); !seen[id] {
			t.Errorf("%s has no test", id)
		}
	}
}

// site is a started program whose clock the test moves.
type site struct {
	daemon
	t     *testing.T
	data  string
	db    base
	clock *servertest.Clock
}

// newSite starts the program with the demo user and the given options.
func (on engine) newSite(t *testing.T, args ...string) site {
	t.Helper()
	s := site{t: t, data: filepath.Join(t.TempDir(), "data"), clock: servertest.NewClock()}
	s.db = on(t, s.data)
	s.db.setClock(t, s.clock.Now())
	s.daemon = s.node(append([]string{"--demo"}, args...)...)
	return s
}

// place is the options that lead a command to the site's data.
func (s site) place() []string { return append(s.db.options(), "--data", s.data) }

// node starts the program once more, on the same data.
func (s site) node(args ...string) daemon {
	s.t.Helper()
	return serveAt(s.t, s.clock.Now, append(args, s.place()...)...)
}

// advance moves all clocks that there are.
func (s site) advance(d time.Duration) {
	s.t.Helper()
	s.clock.Advance(d)
	s.db.setClock(s.t, s.clock.Now())
}

// command runs another command of the program on the same data, at the same time,
// and wants it to succeed.
func (s site) command(stdin string, args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	n := slices.IndexFunc(args, func(arg string) bool { return arg == "|" }) // where options go
	args = slices.Concat(args[:n], s.place(), args[n+1:])
	err := main.Run(s.t.Context(), args, main.System{In: strings.NewReader(stdin), Out: &out, Err: &errs, Now: s.clock.Now})
	if err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

// browser is one that is not signed in.
func (s site) browser() *servertest.Browser { return servertest.NewBrowser(s.t, s.url) }

// signedIn is the demo user's.
func (s site) signedIn() *servertest.Browser {
	s.t.Helper()
	b := s.browser()
	want(s.t, b.Login(demoEmail, demoPassword), http.StatusCreated, "")
	return b
}

// user is a new user's.
func (s site) user(email, password string) *servertest.Browser {
	s.t.Helper()
	s.command(password+"\n", "user", "add", "|", email)
	b := s.browser()
	want(s.t, b.Login(email, password), http.StatusCreated, "")
	return b
}

// send posts or puts JSON with the browser's access token.
func send(t *testing.T, b *servertest.Browser, method, path string, body any) servertest.Response {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req := b.Request(method, path, text)
	req.Header.Set("Content-Type", wire.TypeJSON)
	req.Header.Set("Authorization", "Bearer "+b.AccessToken)
	return b.Do(req)
}

// want checks the status, and the code of a refusal; empty: it is none.
func want(t *testing.T, res servertest.Response, status int, code wire.Code) wire.Problem {
	t.Helper()
	var problem wire.Problem
	if strings.HasPrefix(res.Header.Get("Content-Type"), wire.TypeProblem) {
		problem = res.Problem(t)
	}
	if res.Status != status || problem.Code != code {
		t.Errorf("answered %d %q, want %d %q\n%s", res.Status, problem.Code, status, code, res.Body)
	}
	return problem
}

// wantRefused is want for a refresh or a login that must not touch the cookie.
func wantRefused(t *testing.T, res servertest.Response, code wire.Code) wire.Problem {
	t.Helper()
	if set := res.Header.Values("Set-Cookie"); len(set) > 0 {
		t.Errorf("a refusal sets %q", set)
	}
	return want(t, res, code.Status(), code)
}

// without is the browser after a reload in memory mode: the cookie alone.
func without(b *servertest.Browser) *servertest.Browser {
	c := b.Copy()
	c.AccessToken = ""
	return c
}

// header is that of an access token.
func header(t *testing.T, token string) map[string]any { return jwtPart(t, token, 0) }

// claims are those of an access token, unverified.
func claims(t *testing.T, token string) map[string]any { return jwtPart(t, token, 1) }

func jwtPart(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q has %d parts", token, len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		t.Fatal(err)
	}
	var part map[string]any
	if err := json.Unmarshal(text, &part); err != nil {
		t.Fatal(err)
	}
	return part
}

// together sends all requests at the same time.
func together(t *testing.T, requests []*http.Request) []servertest.Response {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answers := make([]servertest.Response, len(requests))
	var all sync.WaitGroup
	for i, req := range requests {
		all.Go(func() {
			res, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }() // it has been read
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Error(err)
			}
			answers[i] = servertest.Response{Status: res.StatusCode, Header: res.Header, Body: body}
		})
	}
	all.Wait()
	return answers
}

// tokenOf is the access token of an answer.
func tokenOf(t *testing.T, res servertest.Response) string {
	t.Helper()
	var token wire.Token
	res.JSON(t, &token)
	return token.AccessToken
}

// cookieOf is the refresh cookie of an answer, "name=value".
func cookieOf(res servertest.Response) string {
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return cookie
}
