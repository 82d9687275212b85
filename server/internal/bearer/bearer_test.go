package bearer_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/wire"
)

func TestToken(t *testing.T) {
	for _, test := range []struct {
		name, url string
		lines     []string
		want      string
		code      wire.Code // of the refusal; empty: none
	}{
		{"bearer", "/", []string{"Bearer a.b.c"}, "a.b.c", ""},
		{"another case, more blanks", "/", []string{"  bEARER   a.b.c "}, "a.b.c", ""},
		{"second scheme", "/", []string{"DPoP a.b.c"}, "a.b.c", ""},
		{"none", "/", nil, "", ""},
		{"foreign scheme", "/", []string{"Basic dTpw"}, "", ""},
		{"scheme that begins alike", "/", []string{"Bearers a.b.c"}, "", ""},
		{"scheme alone", "/", []string{"Bearer "}, "", wire.InvalidToken},
		{"two", "/", []string{"Bearer a", "Bearer a"}, "", wire.InvalidRequest},
		{"in the URL", "/?access_token=a", []string{"Bearer a"}, "", wire.InvalidRequest},
	} {
		r := httptest.NewRequest(http.MethodGet, test.url, nil)
		r.Header[wire.HeaderAuthorization] = test.lines
		scheme, got, refusal := bearer.Token(r, "Bearer", "DPoP")
		if got != test.want || (scheme == "") != (got == "") || (refusal == nil) != (test.code == "") || (refusal != nil && refusal.Code != test.code) {
			t.Errorf("%s: %q, %+v", test.name, got, refusal)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		name    string
		refusal *bearer.Refusal
		status  int
		header  map[string]string
	}{
		{"no credentials", bearer.Missing(), 401, map[string]string{"WWW-Authenticate": "Bearer", "Retry-After": ""}},
		{"bad credentials", bearer.Invalid("x \"y\"\r\n\u00e4"), 401, map[string]string{
			"WWW-Authenticate": `Bearer error="invalid_token", error_description="x 'y''''"`,
		}},
		{"passing trouble", &bearer.Refusal{Code: wire.TemporarilyUnavailable, RetryAfter: 1500 * time.Millisecond}, 503, map[string]string{
			"WWW-Authenticate": "", "Retry-After": "2", "Cache-Control": "no-store", "Content-Type": wire.TypeProblem,
		}},
		{"method", &bearer.Refusal{Code: wire.MethodNotAllowed, Allow: []string{"GET", "HEAD"}}, 405, map[string]string{"Allow": "GET, HEAD"}},
	} {
		w := httptest.NewRecorder()
		if err := test.refusal.Write(w); err != nil || w.Code != test.status || !strings.Contains(w.Body.String(), `"code":"`+string(test.refusal.Code)+`"`) {
			t.Errorf("%s: %d %s (%v)", test.name, w.Code, w.Body, err)
		}
		for name, want := range test.header {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.name, name, got, want)
			}
		}
	}
}
