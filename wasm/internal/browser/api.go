//go:build js && wasm

package browser

import (
	"strings"

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

	realm  *Realm
	bearer bearerText
}

// Endpoints holds the auth endpoints. Sessions is one of the API, too: it wants the
// access token.
type Endpoints struct{ Login, Refresh, Logout, Sessions Endpoint }

// Endpoint is where to send a request, an absolute URL, and how.
type Endpoint struct{ Method, URL string }

// NewAPI returns a, ready to use.
func (r *Realm) NewAPI(a API) *API {
	a.realm = r
	if a.Fetch.IsUndefined() {
		a.Fetch = r.natives[fetch]
	}
	return &a
}

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

// send sends the request and waits for the response.
func (a *API) send(request safejs.Value) (safejs.Value, error) {
	promise, err := a.invoke(request)
	if err != nil {
		return safejs.Undefined(), err
	}
	return a.realm.Await(promise)
}

func (a *API) invoke(args ...any) (safejs.Value, error) {
	promise, err := a.Fetch.Invoke(args...)
	return promise, a.realm.thrown(err)
}

// bearerText is the header value of the token in use, so that it crosses to
// JavaScript once and not with every call.
type bearerText struct {
	token session.AccessToken
	value safejs.Value
}

func (a *API) authorization(token session.AccessToken) any {
	if a.bearer.token != token {
		value, err := safejs.ValueOf(bearer(token))
		if err != nil {
			return bearer(token)
		}
		a.bearer = bearerText{token, value}
	}
	return a.bearer.value
}
