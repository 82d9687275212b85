package resource

import (
	"context"
	"errors"
	"net/http"

	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// claimsKey is the key of the claims in a request's context.
type claimsKey struct{}

// Protect lets requests with a valid access token through and answers all others
// with a problem document and the challenge of RFC 6750 section 3: 401, or 503
// where the issuer's keys could never be read.
func (t *Tokens) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, refusal := t.authorize(r)
		if refusal != nil {
			_ = refusal.Write(w) // the client has gone if this fails
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
	})
}

// ClaimsFromContext returns the claims of the request's access token. It reports
// false where Protect has not run.
func ClaimsFromContext(ctx context.Context) (Claims, bool) {
	claims, ok := ctx.Value(claimsKey{}).(Claims)
	return claims, ok
}

func (t *Tokens) authorize(r *http.Request) (Claims, *bearer.Refusal) {
	_, raw, refusal := bearer.Token(r, wire.SchemeBearer)
	if refusal != nil {
		return Claims{}, refusal
	}
	if raw == "" {
		return Claims{}, bearer.Missing()
	}
	claims, err := t.Verify(r.Context(), raw)
	switch {
	case errors.Is(err, token.ErrExpired):
		return Claims{}, bearer.Invalid(bearer.DetailExpired)
	case errors.Is(err, token.ErrInvalid):
		return Claims{}, bearer.Invalid(bearer.DetailInvalid)
	case err != nil:
		return Claims{}, &bearer.Refusal{
			Code: wire.TemporarilyUnavailable, RetryAfter: readPause,
			Detail: "this server cannot check access tokens right now; try again",
		}
	}
	return claims, nil
}
