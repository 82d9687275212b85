package resource_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/resource"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/token"
)

// A rotation of the issuer's keys goes unnoticed.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	if got := w.status(t, w.accessToken(t)); got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	if _, err := w.Auth.Keys().Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := w.accessToken(t)
	w.Clock.Advance(9 * time.Minute)
	if got := w.status(t, w.accessToken(t)); got != http.StatusOK || w.fetches.Load() != 2 {
		t.Errorf("while the new key is published: %d, %d fetches, want 2", got, w.fetches.Load())
	}
	w.Clock.Advance(time.Minute)
	if got := w.status(t, w.accessToken(t)); got != http.StatusOK || w.fetches.Load() != 2 {
		t.Errorf("a token of the new key: %d, %d fetches, want 2: it was in the document", got, w.fetches.Load())
	}
	if got := w.status(t, before); got != http.StatusUnauthorized { // expired by now
		t.Errorf("an expired token: %d", got)
	}
}

// A key is revoked, and a fresh one signs without having been published.
func TestRevocation(t *testing.T) {
	w := newWorld(t)
	stolen := w.accessToken(t)
	if got := w.status(t, stolen); got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	set, err := w.Auth.Keys().JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.Keys().Revoke(t.Context(), set.Keys[0].KeyID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(10 * time.Second)
	if got := w.status(t, w.accessToken(t)); got != http.StatusOK {
		t.Errorf("a token of the fresh key: %d", got)
	}
	if got := w.status(t, stolen); got != http.StatusUnauthorized {
		t.Errorf("a token of the revoked key, once the document was read: %d", got)
	}
}

// The issuer is away: what is known serves, for as long as that takes.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	if got := w.status(t, w.accessToken(t)); got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	w.Clock.Advance(24 * time.Hour)
	raw := w.accessToken(t)
	w.away.Store(true)
	fetches := w.fetches.Load()
	for range 5 {
		if got := w.status(t, raw); got != http.StatusOK {
			t.Errorf("during the outage: %d", got)
		}
	}
	if got := w.fetches.Load() - fetches; got != 1 {
		t.Errorf("the issuer was asked %d times, want once", got)
	}
	if !strings.Contains(w.log.String(), "status 502") {
		t.Errorf("the log does not tell of the outage: %s", w.log)
	}
}

// A server that has never seen the keys can say nothing of a token.
func TestStartDuringAnOutage(t *testing.T) {
	w := newWorld(t)
	raw := w.accessToken(t)
	w.away.Store(true)
	res := w.get(t, "", "Bearer "+raw)
	if res.Status != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "10" {
		t.Errorf("%d, Retry-After %q: %s", res.Status, res.Header.Get("Retry-After"), res.Body)
	}
	w.away.Store(false)
	w.Clock.Advance(10 * time.Second)
	if got := w.status(t, raw); got != http.StatusOK {
		t.Errorf("afterwards: %d", got)
	}
}

// Strangers can send any number of tokens with unknown key ids.
func TestUnknownKeysAtOnce(t *testing.T) {
	w := newWorld(t)
	w.status(t, w.accessToken(t))
	foreign := newWorld(t).accessToken(t)
	for round, want := range []int32{1, 2, 2} { // the first within the pause after the document was read
		var done sync.WaitGroup
		for range 30 {
			done.Go(func() {
				if got := w.status(t, foreign); got != http.StatusUnauthorized {
					t.Errorf("status %d", got)
				}
			})
		}
		done.Wait()
		if got := w.fetches.Load(); got != want {
			t.Errorf("round %d: %d fetches, want %d", round, got, want)
		}
		if round == 0 {
			w.Clock.Advance(10 * time.Second)
		}
	}
}

// static is a document that a test serves as it likes.
type static struct {
	status  int
	header  http.Header
	body    string
	fetches atomic.Int32
}

func (s *static) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.fetches.Add(1)
	for name, values := range s.header {
		w.Header()[name] = values
	}
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(s.body)) // the client may have gone
}

// verifyWith verifies tokens of the world with keys from elsewhere.
func (w *world) verifyWith(t *testing.T, document *static) func(raw string) error {
	t.Helper()
	s := httptest.NewServer(document)
	t.Cleanup(s.Close)
	tokens, err := resource.New(resource.Config{Issuer: servertest.Issuer, JWKS: s.URL, Now: w.Clock.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) error {
		_, err := tokens.Verify(t.Context(), raw)
		return err
	}
}

func (w *world) document(t *testing.T) string {
	t.Helper()
	set, err := w.Auth.Keys().JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDocuments(t *testing.T) {
	w := newWorld(t)
	raw, document := w.accessToken(t), w.document(t)
	for _, test := range []struct {
		name   string
		served *static
		want   error
	}{
		{"as published", &static{status: 200, body: document}, nil},
		{"not found", &static{status: 404, body: document}, resource.ErrUnavailable},
		{"moved", &static{status: 302, header: http.Header{"Location": {w.URL + "/.well-known/jwks.json"}}}, resource.ErrUnavailable},
		{"a page", &static{status: 200, body: "<html>"}, resource.ErrUnavailable},
		{"no keys", &static{status: 200, body: `{"keys":[]}`}, resource.ErrUnavailable},
		{"cut", &static{status: 200, body: document[:len(document)/2]}, resource.ErrUnavailable},
		{"a private key", &static{status: 200, body: strings.Replace(document, `"use"`, `"d":"AA","use"`, 1)}, resource.ErrUnavailable},
		{"endless", &static{status: 200, body: document + strings.Repeat(" ", 1<<20)}, resource.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := w.verifyWith(t, test.served)(raw); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			} else if err != nil && errors.Is(err, token.ErrInvalid) {
				t.Errorf("%v blames the token", err)
			}
		})
	}
}

// How long a document is kept.
func TestFreshness(t *testing.T) {
	w := newWorld(t)
	document := w.document(t)
	for _, test := range []struct {
		header http.Header
		want   time.Duration
	}{
		{nil, 5 * time.Minute},
		{http.Header{"Cache-Control": {"public, max-age=600"}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {`PUBLIC`, `Max-Age="600"`}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=600"}, "Age": {"240"}}, 6 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=600"}, "Age": {"-5"}}, 10 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=1"}}, time.Minute},
		{http.Header{"Cache-Control": {"no-store, max-age=600"}}, time.Minute},
		{http.Header{"Cache-Control": {"max-age=31536000"}}, time.Hour},
		{http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"max-age"}}, 5 * time.Minute},
	} {
		t.Run(fmt.Sprint(test.header), func(t *testing.T) {
			served := &static{status: 200, body: document, header: test.header}
			verify := w.verifyWith(t, served)
			for _, step := range []struct {
				after time.Duration
				want  int32
			}{{0, 1}, {test.want - time.Second, 1}, {time.Second, 2}} {
				w.Clock.Advance(step.after)
				if err := verify(w.accessToken(t)); err != nil || served.fetches.Load() != step.want {
					t.Errorf("%v later: %d fetches, want %d (%v)", step.after, served.fetches.Load(), step.want, err)
				}
			}
		})
	}
}

func TestConfig(t *testing.T) {
	for _, test := range []struct {
		name   string
		config resource.Config
		want   string // in the error; empty: none
	}{
		{"issuer alone", resource.Config{Issuer: "https://api.example.com"}, ""},
		{"this machine", resource.Config{Issuer: "http://localhost:8080"}, ""},
		{"this machine, by address", resource.Config{Issuer: "https://a.example", JWKS: "http://[::1]:8080/keys"}, ""},
		{"another machine, insecure", resource.Config{Issuer: "http://auth:8080", InsecureHTTP: true}, ""},
		{"no issuer", resource.Config{JWKS: "https://a.example/keys"}, "Issuer is missing"},
		{"another machine over HTTP", resource.Config{Issuer: "http://auth:8080"}, "InsecureHTTP"},
		{"a name like this machine's", resource.Config{Issuer: "http://localhost.evil.example"}, "InsecureHTTP"},
		{"no URL", resource.Config{Issuer: "api.example.com"}, "is not a URL"},
		{"a file", resource.Config{Issuer: "https://a.example", JWKS: "file:///etc/keys"}, "is not a URL"},
	} {
		_, err := resource.New(test.config)
		if test.want == "" && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.want != "" && (!errors.Is(err, resource.ErrConfig) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %v with %q", test.name, err, resource.ErrConfig, test.want)
		}
	}
}
