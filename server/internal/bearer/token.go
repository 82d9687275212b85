// Package bearer takes the access token out of a request, and writes refusals:
// RFC 6750, RFC 9449 and RFC 9457, for all that protects a route.
//
//	_, raw, refusal := bearer.Token(r, wire.SchemeBearer)
//	if refusal == nil && raw == "" {
//		refusal = bearer.Missing()
//	}
//	if refusal != nil {
//		return refusal.Write(w)
//	}
//
// It verifies nothing: that is for package token, and for package bound.
package bearer

import (
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// Token returns the access token of a request and the scheme that it came by, RFC
// 6750 section 2.1 and RFC 9449 section 7.1, and "" where there is none. A scheme
// that is not among those named counts as none.
func Token(r *http.Request, schemes ...string) (scheme, token string, refusal *Refusal) {
	if r.URL.Query().Has(wire.FieldAccessToken) {
		return "", "", badRequest("an access token in the URL ends up in logs and histories; send it in the Authorization header")
	}
	lines := r.Header.Values(wire.HeaderAuthorization)
	switch len(lines) {
	case 0:
		return "", "", nil
	case 1:
	default:
		return "", "", badRequest("the request has more than one Authorization header; send one")
	}
	given, token, _ := strings.Cut(strings.TrimSpace(lines[0]), " ")
	for _, s := range schemes {
		if strings.EqualFold(given, s) {
			token = strings.TrimSpace(token)
			if token == "" {
				return "", "", Invalid("the Authorization header names a scheme and no token")
			}
			return s, token, nil
		}
	}
	return "", "", nil
}

// badRequest is RFC 6750 section 3.1, invalid_request.
func badRequest(detail string) *Refusal {
	return &Refusal{Code: wire.InvalidRequest, Detail: detail, Challenge: string(wire.InvalidRequest)}
}

// Invalid is RFC 6750 section 3.1, invalid_token.
func Invalid(detail string) *Refusal {
	return &Refusal{Code: wire.InvalidToken, Detail: detail, Challenge: wire.ChallengeInvalidToken}
}

// Missing has no error in its challenge, RFC 6750 section 3: no credentials came,
// so none were wrong.
func Missing() *Refusal {
	return &Refusal{
		Code:   wire.InvalidToken,
		Detail: "this needs an access token; sign in, and send it in the Authorization header",
	}
}

// What a verified token may turn out to be, in words for its sender.
const (
	DetailExpired = "the access token has expired; refresh it"
	DetailInvalid = "the access token is not valid here; sign in again"

	DetailBinding = "the access token cannot be used in this way: one that is bound to a key needs Authorization: DPoP and a proof of that key, any other one Authorization: Bearer; refresh it"
	DetailNonce   = "the proof needs the nonce that is in DPoP-Nonce; send the request again with a new proof"
	DetailProof   = "no DPoP proof came that is one for this request, and has not been used before; make a new one"
)
