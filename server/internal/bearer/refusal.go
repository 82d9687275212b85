package bearer

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

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

	Allow      []string      // with 405, RFC 9110 section 15.5.6
	RetryAfter time.Duration // with 429 and 503; rounded up to seconds
}

// Write sends the refusal as a problem document, RFC 9457.
func (r Refusal) Write(w http.ResponseWriter) error {
	status := r.Code.Status()
	h := w.Header()
	h.Set("Content-Type", wire.TypeProblem)
	h.Set("Cache-Control", "no-store")
	if c := r.challenge(); c != "" {
		h.Set(wire.HeaderChallenge, c)
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

// challenge is the value of WWW-Authenticate, or "": every 401 has one (RFC 9110
// section 15.5.2), and a 400 has one where the way in which the token was sent is
// what is wrong (RFC 6750 section 3.1).
func (r Refusal) challenge() string {
	if r.Challenge != "" {
		return fmt.Sprintf("%s error=%q, error_description=%q", wire.SchemeBearer, r.Challenge, quotable(r.Detail))
	}
	if r.Code.Status() == http.StatusUnauthorized {
		return wire.SchemeBearer
	}
	return ""
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
	switch r.Code.Status() {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return max(1, int(math.Ceil(r.RetryAfter.Seconds())))
	default:
		return 0
	}
}
