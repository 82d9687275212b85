package server

import (
	"net/http"

	"github.com/authfetch/authfetch/server/wire"
)

// checkMarker refuses a request that is authenticated by the cookie and could
// have been sent by a page that CORS never let through.
//
// http.CrossOriginProtection admits a request without Sec-Fetch-Site and Origin,
// as old browsers send it, and a POST without a body has no preflight. A header
// of our own has one.
func checkMarker(h http.Header) *failure {
	if h.Get(wire.HeaderAuthFetch) == wire.HeaderAuthFetchValue || h.Get(wire.HeaderAuthorization) != "" {
		return nil
	}
	return refuse(wire.CSRFRejected,
		"a request that uses the refresh cookie needs the header "+wire.HeaderAuthFetch+": "+wire.HeaderAuthFetchValue)
}
