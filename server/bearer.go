package server

import (
	"net/http"

	"github.com/authfetch/authfetch/server/internal/bearer"
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
	token, refusal := bearer.Token(r, schemes...)
	return token, failureFrom(refusal, nil)
}

// invalidToken is RFC 6750 section 3.1, invalid_token.
func invalidToken(detail string, cause error) *failure {
	return failureFrom(bearer.Invalid(detail), cause)
}

func missingToken() *failure { return failureFrom(bearer.Missing(), nil) }
