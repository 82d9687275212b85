package main

import (
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// route sends a request to the API or to the pages. It takes a path as it is: an
// http.ServeMux would redirect //api/auth to /api/auth, which helps nobody, and
// with a redirect that has none of our headers.
func route(api, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r.URL.Path) {
			api.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func isAPI(path string) bool {
	switch path {
	case wire.DefaultPrefix, wire.PathHealth, wire.PathReady:
		return true
	}
	return strings.HasPrefix(path, wire.DefaultPrefix+"/") || strings.HasPrefix(path, "/.well-known/")
}

// lastAfterChunks ends a connection after a request whose body came in chunks.
// Where such a request had a Content-Length as well, a proxy in front that goes by
// it sees the next request begin elsewhere; net/http drops that header without a
// word, and RFC 9112 section 6.1 wants the connection closed. Browsers send no
// chunks over HTTP/1.1.
func lastAfterChunks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
