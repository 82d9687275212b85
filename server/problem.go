package server

import (
	"fmt"
	"net/http"
	"time"

	"github.com/authfetch/authfetch/server/internal/bearer"
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
	scheme    string // whose challenge has the error. Empty: the first that the server takes

	unauthorized bool // a 401 where the code has two statuses, RFC 9449 section 7.1

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
func (a *Auth) write(w http.ResponseWriter, f *failure) error {
	refusal := bearer.Refusal{
		Code: f.code, Detail: f.detail, Reason: f.reason, Unauthorized: f.unauthorized,
		Challenge: f.challenge, Scheme: f.scheme, Schemes: a.config.DPoP.Mode.schemes(),
		Allow: f.allow, RetryAfter: f.retryAfter,
	}
	if a.offersNonce(f) {
		refusal.Nonce = a.bound.Nonce()
	}
	return refusal.Write(w)
}

// by names the scheme whose challenge has the error.
func (f *failure) by(scheme string) *failure {
	f.scheme = scheme
	return f
}

// failureFrom is a refusal that package bearer has made, nil where it has not.
func failureFrom(r *bearer.Refusal, cause error) *failure {
	if r == nil {
		return nil
	}
	return &failure{code: r.Code, detail: r.Detail, challenge: r.Challenge, cause: cause}
}
