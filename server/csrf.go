package server

import (
	"net/http"

	"github.com/authfetch/authfetch/server/wire"
)

// presented returns the refresh tokens of a request that is authenticated by
// them. It refuses one that could have been sent by a page that CORS never let
// through.
//
// http.CrossOriginProtection admits a request without Sec-Fetch-Site and Origin,
// as old browsers send it, and a POST without a body has no preflight. A header
// of our own has one, and so has Authorization.
func (a *Auth) presented(r *http.Request) ([]string, *failure) {
	tokens := a.cookie.read(r.Header)
	if len(tokens) == 0 || r.Header.Get(wire.HeaderAuthFetch) == wire.HeaderAuthFetchValue || r.Header.Get(wire.HeaderAuthorization) != "" {
		return tokens, nil
	}
	return nil, refuse(wire.CSRFRejected,
		"a request that uses the refresh cookie needs the header "+wire.HeaderAuthFetch+": "+wire.HeaderAuthFetchValue)
}
