package server

import (
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// schemeDPoP is the scheme of a sender-constrained token, RFC 9449 section 7.1.
const schemeDPoP = "DPoP"

// bearerToken returns the access token of a request, RFC 6750 section 2.1, and
// "" where there is none. A scheme that is not ours counts as none.
func bearerToken(r *http.Request) (string, *failure) {
	return tokenOf(r, wire.SchemeBearer)
}

// refreshBearer is bearerToken for the refresh and the logout, where a client
// that binds its tokens names the other scheme.
func refreshBearer(r *http.Request) (string, *failure) {
	return tokenOf(r, wire.SchemeBearer, schemeDPoP)
}

func tokenOf(r *http.Request, schemes ...string) (string, *failure) {
	if r.URL.Query().Has(wire.FieldAccessToken) {
		return "", badRequest("an access token in the URL ends up in logs and histories; send it in the Authorization header")
	}
	lines := r.Header.Values(wire.HeaderAuthorization)
	switch len(lines) {
	case 0:
		return "", nil
	case 1:
	default:
		return "", badRequest("the request has more than one Authorization header; send one")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(lines[0]), " ")
	for _, s := range schemes {
		if strings.EqualFold(scheme, s) {
			token = strings.TrimSpace(token)
			if token == "" {
				return "", invalidToken("the Authorization header names a scheme and no token", nil)
			}
			return token, nil
		}
	}
	return "", nil
}

// badRequest is RFC 6750 section 3.1, invalid_request.
func badRequest(detail string) *failure {
	return &failure{code: wire.InvalidRequest, detail: detail, challenge: string(wire.InvalidRequest)}
}

// invalidToken is RFC 6750 section 3.1, invalid_token.
func invalidToken(detail string, cause error) *failure {
	return &failure{code: wire.InvalidToken, detail: detail, challenge: wire.ChallengeInvalidToken, cause: cause}
}

// missingToken has no error in its challenge, RFC 6750 section 3: no credentials
// came, so none were wrong.
func missingToken() *failure {
	return refuse(wire.InvalidToken, "this needs an access token; sign in, and send it as Authorization: Bearer")
}
