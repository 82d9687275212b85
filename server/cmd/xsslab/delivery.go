package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// delivery is how the tokens of a room travel. The server library knows one way,
// and has no options for worse ones: what is careless here is a translation in
// front of it. Rotation, reuse detection and all refusals are the library's own.
type delivery func(next http.Handler, names cookieNames) http.Handler

// cookieNames are a room's own: cookies know no ports.
type cookieNames struct{ access, refresh, path string }

// asLibrary is the library as it is.
func asLibrary(next http.Handler, _ cookieNames) http.Handler { return next }

// inBody puts the refresh token into the body, and takes it from there, as the
// article's first workflow does.
func inBody(next http.Handler, names cookieNames) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRefresh(r) {
			var in struct {
				RefreshToken string `json:"refresh_token"`
			}
			// Whatever is no such body has no refresh token: the library refuses it.
			_ = json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLoot)).Decode(&in)
			r = withCookie(r, names.refresh, in.RefreshToken)
		}
		translate(w, r, next, func(a *answer, t tokens) {
			a.setJSON(map[string]any{
				"access_token": t.AccessToken, "refresh_token": t.refresh.Value,
				"token_type": t.TokenType, "expires_in": t.ExpiresIn,
			})
		})
	})
}

// inReadableCookies sets both tokens as cookies that script can read.
func inReadableCookies(next http.Handler, names cookieNames) http.Handler {
	return cookieDelivery(next, names, false)
}

// inHTTPOnlyCookies sets both as cookies that it cannot. Nothing but the cookie
// tells the API who asks.
func inHTTPOnlyCookies(next http.Handler, names cookieNames) http.Handler {
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(names.access); err == nil && r.Header.Get(wire.HeaderAuthorization) == "" {
			r = r.Clone(r.Context())
			r.Header.Set(wire.HeaderAuthorization, wire.SchemeBearer+" "+cookie.Value)
		}
		next.ServeHTTP(w, r)
	})
	return cookieDelivery(inside, names, true)
}

func cookieDelivery(next http.Handler, names cookieNames, httpOnly bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRefresh(r) {
			// The page has no header of ours to send, and a plain POST is what the
			// article sends. SameSite=Strict is all that keeps other sites away.
			r = r.Clone(r.Context())
			r.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
		}
		translate(w, r, next, func(a *answer, t tokens) {
			for name, value := range map[string]string{names.access: t.AccessToken, names.refresh: t.refresh.Value} {
				http.SetCookie(a, &http.Cookie{
					Name: name, Value: value, Path: names.path, MaxAge: t.refresh.MaxAge,
					HttpOnly: httpOnly, SameSite: http.SameSiteStrictMode,
				})
			}
			a.setJSON(map[string]any{"expires_in": t.ExpiresIn})
		})
	})
}

// tokens are both, out of the library's answer.
type tokens struct {
	wire.Token
	refresh *http.Cookie
}

// translate runs the request, and lets change what an answer with tokens looks like.
func translate(w http.ResponseWriter, r *http.Request, next http.Handler, change func(*answer, tokens)) {
	a := &answer{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(a, r)
	if t, ok := a.tokens(); ok {
		a.header.Del("Set-Cookie")
		change(a, t)
	}
	a.send(w)
}

func isRefresh(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, wire.PathRefresh)
}

// withCookie is the request with that cookie alone.
func withCookie(r *http.Request, name, value string) *http.Request {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = http.NoBody, 0
	r.Header.Del("Cookie")
	r.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	if value != "" {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

// answer is one that has not been sent yet.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// tokens reports whether the answer is one to a login or a refresh that succeeded.
func (a *answer) tokens() (t tokens, ok bool) {
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		t.refresh = cookie
	}
	if t.refresh == nil || t.refresh.Value == "" || a.status >= http.StatusMultipleChoices {
		return t, false
	}
	err := json.Unmarshal(a.body.Bytes(), &t.Token)
	return t, err == nil && t.AccessToken != ""
}

func (a *answer) setJSON(body map[string]any) {
	a.body.Reset()
	_ = json.NewEncoder(&a.body).Encode(body) // strings and numbers always can be
}

func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the client has gone if this fails
}
