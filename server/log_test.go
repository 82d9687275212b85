package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestLevels(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	wantRefusal(t, bearer(b, ""), wire.InvalidToken)
	wantRefusal(t, b.Get("/api/nothing"), wire.NotFound)
	wantRefusal(t, b.Login(servertest.Email, "wrong password"), wire.InvalidCredentials)
	wantRefusal(t, b.Do(header{"Origin": "null"}.on(b.Request(http.MethodPost, pathMe, nil))), wire.CSRFRejected)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.Refresh(), wire.TemporarilyUnavailable)
	for _, want := range []string{
		`level=DEBUG msg="request refused" code=invalid_token`,
		`level=DEBUG msg="request refused" code=not_found`,
		`level=DEBUG msg="request refused" code=invalid_credentials`, // the audit record says it at INFO
		`level=INFO msg="request refused" code=csrf_rejected`,
		`level=ERROR msg="request refused" code=temporarily_unavailable`,
	} {
		if !strings.Contains(s.Log.String(), want) {
			t.Errorf("no record with %s in:\n%s", want, s.Log.String())
		}
	}
}

// A client chooses how much it sends, and must not choose how much is logged.
func TestRecordsAreShort(t *testing.T) {
	s := start(t)
	b := s.Browser(t)
	long := strings.Repeat("é", 20_000)
	req := header{"User-Agent": long}.on(loginRequest(b, `{"email":"user@example.com","password":"wrong password"}`))
	wantRefusal(t, b.Do(req), wire.InvalidCredentials)
	wantRefusal(t, b.Do(header{"Origin": "null"}.on(b.Request(http.MethodPost, "/api/"+long, nil))), wire.CSRFRejected)
	wantRefusal(t, b.Do(header{"Origin": "null"}.on(b.Request(strings.Repeat("M", 20_000), pathMe, nil))), wire.CSRFRejected)
	for record := range strings.Lines(s.Log.String()) {
		if len(record) > 2000 || !utf8.ValidString(record) || strings.Contains(record, `\x`) {
			t.Errorf("a record of %d bytes: %.200s…", len(record), record)
		}
	}
	if s.Log.String() == "" {
		t.Error("no records")
	}
}

// goneWriter is the connection of a client that has gone.
type goneWriter struct {
	header   http.Header
	statuses []int
}

func (w *goneWriter) Header() http.Header       { return w.header }
func (w *goneWriter) Write([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
func (w *goneWriter) WriteHeader(status int)    { w.statuses = append(w.statuses, status) }

func TestAClientThatHasGoneGetsOneAnswer(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	w := &goneWriter{header: make(http.Header)}
	req := header{"Authorization": "Bearer " + b.AccessToken}.on(b.Request(http.MethodGet, pathMe, nil))
	s.Auth.Handler().ServeHTTP(w, req)
	if len(w.statuses) != 1 || w.statuses[0] != http.StatusOK || w.header.Get("Content-Type") != "application/json" {
		t.Errorf("statuses %v, type %q; want the one answer that was begun", w.statuses, w.header.Get("Content-Type"))
	}
}
