package resource

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/internal/bound"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// claimsKey is the key of the claims in a request's context.
type claimsKey struct{}

// Protect lets requests with a valid access token through and answers all others
// with a problem document and the challenges of RFC 6750 section 3 and RFC 9449
// section 7.1: 401, or 503 where the issuer's keys could never be read.
func (t *Tokens) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, stale, refusal := t.authorize(r)
		if refusal != nil {
			t.refuse(w, refusal)
			return
		}
		if stale {
			w.Header().Set(wire.HeaderDPoPNonce, t.bound.Nonce())
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

// authorize verifies the access token of a request, and the proof of its key. It
// reports whether the client needs a new nonce.
func (t *Tokens) authorize(r *http.Request) (claims Claims, stale bool, refusal *bearer.Refusal) {
	scheme, raw, refusal := bearer.Token(r, wire.SchemeBearer, wire.SchemeDPoP)
	if refusal != nil {
		return Claims{}, false, refusal
	}
	if raw == "" {
		return Claims{}, false, bearer.Missing()
	}
	claims, err := t.verifier.Verify(r.Context(), raw)
	if err == nil {
		stale, err = t.bound.Hold(r.Context(), r, scheme, raw, claims.KeyThumbprint)
	}
	if err != nil {
		return Claims{}, false, t.refusal(err, scheme)
	}
	return claims, stale, nil
}

// refusal is what the client is told about an error.
func (t *Tokens) refusal(err error, scheme string) *bearer.Refusal {
	var refusal *bearer.Refusal
	switch {
	case errors.Is(err, token.ErrExpired):
		refusal = bearer.Invalid(bearer.DetailExpired)
	case errors.Is(err, token.ErrInvalid):
		refusal = bearer.Invalid(bearer.DetailInvalid)
	case errors.Is(err, bound.ErrToken):
		refusal = bearer.Invalid(bearer.DetailBinding)
	case errors.Is(err, dpop.ErrNonce):
		refusal = bearer.Unproven(wire.UseDPoPNonce, bearer.DetailNonce)
	case errors.Is(err, dpop.ErrInvalid):
		refusal = bearer.Unproven(wire.InvalidDPoPProof, bearer.DetailProof)
	default:
		return &bearer.Refusal{
			Code: wire.TemporarilyUnavailable, RetryAfter: readPause,
			Detail: "this server cannot check access tokens right now; try again",
		}
	}
	if slices.Contains(t.schemes(), scheme) {
		refusal.Scheme = scheme
	}
	return refusal
}

// refuse writes a refusal; every 401 brings a nonce, for the client may be about to
// send a proof.
func (t *Tokens) refuse(w http.ResponseWriter, refusal *bearer.Refusal) {
	refusal.Schemes = t.schemes()
	if refusal.Code.Status() == http.StatusUnauthorized || refusal.Unauthorized {
		refusal.Nonce = t.bound.Nonce()
	}
	_ = refusal.Write(w) // the client has gone if this fails
}

// schemes are those by which a client may send an access token.
func (t *Tokens) schemes() []string {
	if t.bound.Required {
		return []string{wire.SchemeDPoP}
	}
	return []string{wire.SchemeBearer, wire.SchemeDPoP}
}
