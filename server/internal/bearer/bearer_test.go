package bearer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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

// RFC 9449 section 7.1: a challenge for each scheme, the error in that of the one that
// was used; and all in one field, because Firefox shows script none of several.
func TestChallenges(t *testing.T) {
	const algs = `algs="ES256 EdDSA"`
	both := []string{"Bearer", "DPoP"}
	for _, test := range []struct {
		name    string
		refusal bearer.Refusal
		status  int
		want    []string
	}{
		{"no credentials", bearer.Refusal{Code: wire.InvalidToken, Schemes: both}, 401, []string{"Bearer", "DPoP " + algs}},
		{"no credentials, one scheme", bearer.Refusal{Code: wire.InvalidToken, Schemes: both[1:]}, 401, []string{"DPoP " + algs}},
		{
			"a bad token",
			bearer.Refusal{Code: wire.InvalidToken, Detail: "x", Challenge: "invalid_token", Schemes: both},
			401,
			[]string{`Bearer error="invalid_token", error_description="x"`, "DPoP " + algs},
		},
		{
			"a bad token by the other scheme",
			bearer.Refusal{Code: wire.InvalidToken, Detail: "x", Challenge: "invalid_token", Scheme: "DPoP", Schemes: both},
			401,
			[]string{"Bearer", `DPoP error="invalid_token", error_description="x", ` + algs},
		},
		{
			"a bad proof, where no other one is asked for", *bearer.Unproven(wire.InvalidDPoPProof, "x"), 401,
			[]string{"Bearer", `DPoP error="invalid_dpop_proof", error_description="x", ` + algs},
		},
		{"a bad proof at the login", bearer.Refusal{Code: wire.InvalidDPoPProof, Schemes: both}, 400, nil},
		{
			"two tokens",
			bearer.Refusal{Code: wire.InvalidRequest, Detail: "x", Challenge: "invalid_request", Schemes: both},
			400,
			[]string{`Bearer error="invalid_request", error_description="x"`},
		},
	} {
		w := httptest.NewRecorder()
		test.refusal.Nonce = "n"
		if err := test.refusal.Write(w); err != nil || w.Code != test.status || !strings.Contains(w.Body.String(), fmt.Sprintf(`"status":%d`, test.status)) {
			t.Errorf("%s: %d %s (%v)", test.name, w.Code, w.Body, err)
		}
		var want []string
		if test.want != nil {
			want = []string{strings.Join(test.want, ", ")}
		}
		if got := w.Header().Values("WWW-Authenticate"); !slices.Equal(got, want) || w.Header().Get("DPoP-Nonce") != "n" {
			t.Errorf("%s: %q, want %q", test.name, got, want)
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
