package server

import "net/http"

// setHeaders puts the headers on an answer that every answer of the API has.
// They cost nothing and take the API out of reach of a page that loads one of
// its answers as a document, a frame or a script.
func setHeaders(h http.Header, secure bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	// An answer about one user must not be shown to the next one by a cache
	// between us and the browser. Routes that may be cached say so themselves.
	h.Set("Cache-Control", "no-store")
	if secure {
		// RFC 6797 section 7.2: only over TLS.
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
