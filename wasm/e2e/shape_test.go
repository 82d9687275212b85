//go:build !js

package e2e_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// A shape is how the answers of a backend look: its paths, fields and statuses.
type shape struct {
	login, refresh, logout, me route

	cookie string
	token  func(expiry time.Time) string
	grant  func(token string) any // the body of a login and of a refresh

	over    response // to a refresh where there is no session (any more)
	wrong   response // to a wrong password
	refused response // of the API, to an access token that is not good
	// filter: such a token is refused by every route but the login, those included
	// that could do without one.
	filter bool
}

type route struct{ method, path string }

// A response is a status and JSON; nil: no body.
type response struct {
	status    int
	body      any
	challenge string // WWW-Authenticate
}

func (a response) send(w http.ResponseWriter) {
	if a.challenge != "" {
		w.Header().Set("WWW-Authenticate", a.challenge)
	}
	if a.body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	if a.body != nil {
		json.NewEncoder(w).Encode(a.body)
	}
}

type object = map[string]any

// The shapes of static/BACKENDS.md. Their paths differ, so that one server has room
// for all of them.
var shapes = []shape{
	// Django with dj-rest-auth and Simple JWT: no expires_in, a code of its own in
	// the 401, logout by POST.
	{
		login:   route{"POST", "/auth/login/"},
		refresh: route{"POST", "/auth/token/refresh/"},
		logout:  route{"POST", "/auth/logout/"},
		me:      route{"GET", "/auth/user/"},
		cookie:  "refresh-token",
		token:   jsonWebToken,
		grant:   func(token string) any { return object{"access": token, "refresh": ""} },
		over:    response{401, object{"detail": "Token is invalid or expired", "code": "token_not_valid"}, `Bearer realm="api"`},
		wrong:   response{400, object{"non_field_errors": []string{"Unable to log in with provided credentials."}}, ""},
		refused: response{401, object{"detail": "Given token not valid for any token type", "code": "token_not_valid"}, `Bearer realm="api"`},
	},
	// Spring Boot with its resource server: everything in an envelope, 403 where the
	// session is over, and a filter that refuses an expired token everywhere.
	{
		login:   route{"POST", "/v1/auth/login"},
		refresh: route{"POST", "/v1/auth/refresh"},
		logout:  route{"POST", "/v1/auth/logout"},
		me:      route{"GET", "/v1/me"},
		cookie:  "refreshToken",
		token:   jsonWebToken,
		grant:   func(token string) any { return object{"data": object{"token": token, "expiresIn": "300"}} },
		over:    response{403, nil, ""},
		wrong:   response{401, nil, ""},
		refused: response{401, nil, `Bearer error="invalid_token", error_description="Jwt expired"`},
		filter:  true,
	},
	// Express in front of an OAuth server: opaque tokens, a lifetime in words, refresh
	// by GET, and OAuth's own 400 where the session is over (RFC 6749 section 5.2).
	{
		login:   route{"POST", "/login"},
		refresh: route{"GET", "/refresh"},
		logout:  route{"GET", "/logout"},
		me:      route{"GET", "/me"},
		cookie:  "jwt",
		token:   func(time.Time) string { return rand.Text() },
		grant:   func(token string) any { return object{"accessToken": token, "expiresIn": "5m"} },
		over:    response{400, object{"error": "invalid_grant"}, ""},
		wrong:   response{400, object{"error": "invalid_grant"}, ""},
		refused: response{401, nil, ""},
	},
}

// jsonWebToken is a JWT, signed with a key that nobody has: the backend remembers
// which tokens it has issued.
func jsonWebToken(expiry time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		encode(fmt.Appendf(nil, `{"sub":"1","exp":%d,"jti":%q}`, expiry.Unix(), rand.Text()))
	mac := hmac.New(sha256.New, []byte(rand.Text()))
	mac.Write([]byte(token))
	return token + "." + encode(mac.Sum(nil))
}

// backends are one of each shape.
type backends []*backend

func newBackends() backends {
	var all backends
	for _, s := range shapes {
		all = append(all, newBackend(s))
	}
	return all
}

func (all backends) mount(mux *http.ServeMux, wrap func(http.Handler) http.Handler) {
	for _, b := range all {
		b.mount(mux, wrap)
	}
}

func (all backends) advance(d time.Duration) {
	for _, b := range all {
		b.advance(d)
	}
}

func (all backends) revoke() {
	for _, b := range all {
		b.revoke()
	}
}

// cors lets pages of one other origin use a handler, and send what authFetch sends.
func cors(origin string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if r.Header.Get("Origin") == origin {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
		}
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "authorization, content-type, x-auth-fetch")
		w.WriteHeader(http.StatusNoContent)
	})
}

// direct serves a handler as it is.
func direct(next http.Handler) http.Handler { return next }
