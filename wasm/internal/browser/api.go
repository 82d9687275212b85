//go:build js && wasm

package browser

import (
	"strings"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// API is the part of the web that the access token may be sent to.
type API struct {
	// Origins lists the origins exactly, as "https://api.example.com".
	Origins []string
	// Base is what a relative URL is relative to; empty: the page, as in fetch.
	Base string
	// Endpoints are the auth endpoints, which a call reaches without a token.
	Endpoints Endpoints
	// Fetch sends the requests; undefined: the page's own fetch.
	Fetch safejs.Value
	// DPoP makes of Fetch, and of a name for the key, one that proves with each
	// request that the page holds that key (RFC 9449); undefined: nothing is proved.
	DPoP safejs.Value

	realm  *Realm
	scheme string       // of the Authorization field
	bound  safejs.Value // Fetch, or what DPoP has made of it
	inUse  authorizationText
}

// Endpoints holds the auth endpoints. Sessions is one of the API, too: it wants the
// access token.
type Endpoints struct{ Login, Refresh, Logout, Sessions Endpoint }

// Endpoint is where to send a request, an absolute URL, and how.
type Endpoint struct{ Method, URL string }

// NewAPI returns a, ready to use. The error is an exception of DPoP's.
func (r *Realm) NewAPI(a API) (*API, error) {
	a.realm = r
	if a.Fetch.IsUndefined() {
		a.Fetch = r.natives[fetch]
	}
	a.bound, a.scheme = a.Fetch, wire.SchemeBearer
	if a.DPoP.IsUndefined() {
		return &a, nil
	}
	var err error
	a.scheme = wire.SchemeDPoP
	a.bound, err = a.DPoP.Invoke(a.Fetch, a.Endpoints.Refresh.URL)
	return &a, r.thrown(err)
}

// Bound reports whether the tokens are bound to a key.
func (a *API) Bound() bool { return a.scheme == wire.SchemeDPoP }

// serves reports whether the absolute URL is one that a token may be sent to.
func (a *API) serves(url string) bool { return a.owns(url) && !a.Endpoints.include(url) }

// owns reports whether the absolute URL is of one of the API's origins. The
// platform has normalised it, so that an origin always ends at a slash.
func (a *API) owns(url string) bool {
	for _, origin := range a.Origins {
		if rest, ok := strings.CutPrefix(url, origin); ok && strings.HasPrefix(rest, "/") {
			return true
		}
	}
	return false
}

func (e Endpoints) include(url string) bool {
	url = withoutQuery(url)
	return url == e.Login.URL || url == e.Refresh.URL || url == e.Logout.URL
}

// withoutQuery is a URL without its query and fragment.
func withoutQuery(url string) string {
	url, _, _ = strings.Cut(url, "#")
	url, _, _ = strings.Cut(url, "?")
	return url
}

// send sends a request of the session's and waits for the response.
func (a *API) send(request safejs.Value) (safejs.Value, error) {
	promise, err := a.invoke(request)
	if err != nil {
		return safejs.Undefined(), err
	}
	return a.realm.Await(promise)
}

// invoke sends what the session has authorised, or asks for its tokens.
func (a *API) invoke(args ...any) (safejs.Value, error) {
	promise, err := a.bound.Invoke(args...)
	return promise, a.realm.thrown(err)
}

// passOn sends what the session has nothing to do with.
func (a *API) passOn(args ...any) (safejs.Value, error) {
	promise, err := a.Fetch.Invoke(args...)
	return promise, a.realm.thrown(err)
}

// authorizationText is the header value of the token in use, so that it crosses to
// JavaScript once and not with every call.
type authorizationText struct {
	token session.AccessToken
	value safejs.Value
}

func (a *API) authorization(token session.AccessToken) any {
	if a.inUse.token != token {
		text := a.scheme + " " + string(token)
		value, err := safejs.ValueOf(text)
		if err != nil {
			return text
		}
		a.inUse = authorizationText{token, value}
	}
	return a.inUse.value
}
