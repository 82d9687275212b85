package server

import "net/http"

// ReadCookies is what the server takes for refresh tokens in a request.
func (a *Auth) ReadCookies(h http.Header) []string { return a.cookie.read(h) }
