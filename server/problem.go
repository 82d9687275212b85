package server

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

// failure is a refusal on its way to the client: what the problem document
// says, and what the headers beside it say.
type failure struct {
	code   wire.Code
	detail string // for a person: what is wrong, and what to do next
	reason wire.Reason

	// challenge is the error of the WWW-Authenticate header, RFC 6750
	// section 3.1. Empty means that no credentials came, and only the scheme is sent.
	challenge string

	allow      []string      // with 405, RFC 9110 section 15.5.6
	retryAfter time.Duration // with 429 and 503; rounded up to seconds
	cause      error         // for the log only
	observed   bool          // the observers have heard of it
}

func (f *failure) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.code, f.cause)
	}
	return fmt.Sprintf("%s: %s", f.code, f.detail)
}

func (f *failure) Unwrap() error { return f.cause }

// refuse makes a failure without a cause.
func refuse(code wire.Code, detail string) *failure {
	return &failure{code: code, detail: detail}
}

// write sends the failure as a problem document, RFC 9457.
func (f *failure) write(w http.ResponseWriter) error {
	status := f.code.Status()
	h := w.Header()
	h.Set("Content-Type", wire.TypeProblem)
	h.Set("Cache-Control", "no-store")
	if c := f.challengeHeader(); c != "" {
		h.Set(wire.HeaderChallenge, c)
	}
	if len(f.allow) > 0 {
		h.Set("Allow", strings.Join(f.allow, ", "))
	}
	if seconds := f.retrySeconds(); seconds > 0 {
		h.Set(wire.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(f.document())
}

func (f *failure) document() wire.Problem {
	status := f.code.Status()
	return wire.Problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Detail: f.detail,
		Code:   f.code,
		Reason: f.reason,
	}
}

// challengeHeader is the value of WWW-Authenticate, or "": every 401 has one
// (RFC 9110 section 15.5.2), and a 400 has one where the way in which the token
// was sent is what is wrong (RFC 6750 section 3.1).
func (f *failure) challengeHeader() string {
	if f.challenge != "" {
		return fmt.Sprintf("%s error=%q, error_description=%q", wire.SchemeBearer, f.challenge, quotable(f.detail))
	}
	if f.code.Status() == http.StatusUnauthorized {
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

// retrySeconds rounds up, because a client that comes back a moment too early
// is refused again. 429 and 503 always say something.
func (f *failure) retrySeconds() int {
	switch f.code.Status() {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return max(1, int(math.Ceil(f.retryAfter.Seconds())))
	default:
		return 0
	}
}
