package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

const (
	pathAuth    = wire.DefaultPrefix + wire.PathAuth
	pathRefresh = wire.DefaultPrefix + wire.PathRefresh
	pathMe      = wire.DefaultPrefix + wire.PathMe
)

// start starts a server whose configuration the functions have changed.
func start(t *testing.T, configure ...func(*server.Config)) *servertest.Server {
	t.Helper()
	return servertest.New(t, servertest.Options{Configure: func(c *server.Config) {
		for _, change := range configure {
			change(c)
		}
	}})
}

// signedIn returns a browser with a session of the user that every server has.
func signedIn(t *testing.T, s *servertest.Server) *servertest.Browser {
	t.Helper()
	b := s.Browser(t)
	wantStatus(t, b.Login(servertest.Email, servertest.Password), http.StatusCreated)
	return b
}

func wantStatus(t *testing.T, res servertest.Response, status int) {
	t.Helper()
	if res.Status != status {
		t.Fatalf("status %d, want %d: %s", res.Status, status, res.Body)
	}
}

// wantRefusal checks everything that all refusals have in common, and returns
// the problem document.
func wantRefusal(t *testing.T, res servertest.Response, code wire.Code) wire.Problem {
	t.Helper()
	wantStatus(t, res, code.Status())
	if got := res.Header.Get("Content-Type"); got != wire.TypeProblem {
		t.Errorf("Content-Type %q, want %q", got, wire.TypeProblem)
	}
	p := res.Problem(t)
	if p.Code != code || p.Status != res.Status || p.Type != "about:blank" || p.Title == "" || p.Detail == "" {
		t.Fatalf("problem %+v, want code %s with all members", p, code)
	}
	if got := res.Header.Values("Set-Cookie"); got != nil {
		t.Errorf("a refusal touches the cookie: %q", got)
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
	challenge := res.Header.Get(wire.HeaderChallenge)
	if res.Status == http.StatusUnauthorized && !strings.HasPrefix(challenge, "Bearer") {
		t.Errorf("WWW-Authenticate %q with 401", challenge)
	}
	retry := res.Header.Get(wire.HeaderRetryAfter)
	if wants := res.Status == http.StatusTooManyRequests || res.Status == http.StatusServiceUnavailable; wants != (retry != "") {
		t.Errorf("Retry-After %q with status %d", retry, res.Status)
	}
	return p
}

// wantChallenge checks whether the challenge has an error, RFC 6750 section 3.
func wantChallenge(t *testing.T, res servertest.Response, err string) {
	t.Helper()
	got := res.Header.Get(wire.HeaderChallenge)
	if err == "" && got != "Bearer" {
		t.Errorf("WWW-Authenticate %q, want Bearer alone", got)
	}
	if err != "" && !strings.HasPrefix(got, `Bearer error="`+err+`", error_description="`) {
		t.Errorf("WWW-Authenticate %q, want error %s", got, err)
	}
}

// header is a set of headers to put on a request.
type header map[string]string

func (h header) on(r *http.Request) *http.Request {
	for name, value := range h {
		r.Header.Set(name, value)
	}
	return r
}

// loginRequest is a login with that body.
func loginRequest(b *servertest.Browser, body string) *http.Request {
	return header{"Content-Type": wire.TypeJSON}.on(b.Request(http.MethodPost, pathAuth, []byte(body)))
}
