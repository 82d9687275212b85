package bearer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/wire"
)

// Refusal is what the client is told: by the problem document, and by the headers
// beside it.
type Refusal struct {
	Code   wire.Code
	Detail string      // for a person: what is wrong, and what to do next
	Reason wire.Reason // with wire.SessionRevoked

	// Challenge is the error of the WWW-Authenticate header, RFC 6750
	// section 3.1. Empty means that no credentials came, and only the scheme is sent.
	Challenge string
	Scheme    string   // whose challenge has the error. Zero: the first of Schemes
	Schemes   []string // by which access tokens are taken. Zero: Bearer

	// Unauthorized makes it a 401 where the code has two statuses, RFC 9449
	// section 7.1.
	Unauthorized bool
	Nonce        string // DPoP-Nonce, RFC 9449 section 8; zero: none is sent

	Allow      []string      // with 405, RFC 9110 section 15.5.6
	RetryAfter time.Duration // with 429 and 503; rounded up to seconds
}

// Write sends the refusal as a problem document, RFC 9457.
func (r Refusal) Write(w http.ResponseWriter) error {
	status := r.status()
	h := w.Header()
	h.Set("Content-Type", wire.TypeProblem)
	h.Set("Cache-Control", "no-store")
	h.Del(wire.HeaderChallenge)
	if all := r.challenges(); len(all) > 0 {
		// In one field, which RFC 9110 section 11.6.1 makes the same as several:
		// of several Firefox shows script none.
		h.Set(wire.HeaderChallenge, strings.Join(all, ", "))
	}
	if r.Nonce != "" {
		h.Set(wire.HeaderDPoPNonce, r.Nonce)
	}
	if len(r.Allow) > 0 {
		h.Set("Allow", strings.Join(r.Allow, ", "))
	}
	if seconds := r.retrySeconds(); seconds > 0 {
		h.Set(wire.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(wire.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: r.Detail, Code: r.Code, Reason: r.Reason,
	})
}

func (r Refusal) status() int {
	if r.Unauthorized {
		return http.StatusUnauthorized
	}
	return r.Code.Status()
}

// challenges are what WWW-Authenticate lists: every 401 has one for each scheme
// (RFC 9110 section 15.5.2, RFC 9449 section 7.1), and a 400 has one where the way
// in which the token was sent is what is wrong (RFC 6750 section 3.1).
func (r Refusal) challenges() []string {
	schemes := r.Schemes
	if len(schemes) == 0 {
		schemes = []string{wire.SchemeBearer}
	}
	wrong := cmp.Or(r.Scheme, schemes[0])
	if r.status() != http.StatusUnauthorized {
		schemes = nil
	}
	if r.Challenge != "" && !slices.Contains(schemes, wrong) {
		schemes = append(slices.Clone(schemes), wrong)
	}
	var all []string
	for _, scheme := range schemes {
		var params []string
		if r.Challenge != "" && scheme == wrong {
			params = append(params, fmt.Sprintf("error=%q, error_description=%q", r.Challenge, quotable(r.Detail)))
		}
		if scheme == wire.SchemeDPoP {
			params = append(params, fmt.Sprintf("algs=%q", dpop.Algorithms))
		}
		all = append(all, strings.TrimSpace(scheme+" "+strings.Join(params, ", ")))
	}
	return all
}

// quotable keeps to the characters that RFC 6750 section 3 allows in an
// error_description.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, s)
}

// retrySeconds rounds up, because a client that comes back a moment too early is
// refused again. 429 and 503 always say something.
func (r Refusal) retrySeconds() int {
	switch r.status() {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return max(1, int(math.Ceil(r.RetryAfter.Seconds())))
	default:
		return 0
	}
}
