package server

import (
	"net/http"

	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/wire"
)

// accessToken returns the access token of a request and the scheme that it came
// by, RFC 6750 section 2.1 and RFC 9449 section 7.1, and "" where there is none. A
// scheme that is not ours counts as none.
func accessToken(r *http.Request) (scheme, token string, f *failure) {
	scheme, token, refusal := bearer.Token(r, wire.SchemeBearer, wire.SchemeDPoP)
	return scheme, token, failureFrom(refusal, nil)
}

// invalidToken is RFC 6750 section 3.1, invalid_token.
func invalidToken(detail string, cause error) *failure {
	return failureFrom(bearer.Invalid(detail), cause)
}

func missingToken() *failure { return failureFrom(bearer.Missing(), nil) }
