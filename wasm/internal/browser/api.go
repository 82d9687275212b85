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

	realm *Realm
}

// Endpoints holds the absolute URLs of the auth endpoints.
type Endpoints struct{ Login, Refresh, Logout string }

// NewAPI returns a, ready to use.
func (r *Realm) NewAPI(a API) *API {
	a.realm = r
	if a.Fetch.IsUndefined() {
		a.Fetch = r.natives[fetch]
	}
	return &a
}

// Do is fetch(input, init) through the session of m. What is not for the API
// goes to the page's fetch, untouched.
func (a *API) Do(m *session.Manager, toJS func(error) safejs.Value, args []safejs.Value) (safejs.Value, error) {
	url, ok := a.resolve(Argument(args, 0))
	if !ok || !a.owns(url) || a.Endpoints.include(url) {
		return a.invoke(a.input(args, url)...)
	}
	request, err := a.realm.construct(newRequest, a.input(args, url)...)
	if err != nil {
		// What no Request can be made of, fetch refuses as well, and in its own words.
		return a.invoke(a.input(args, url)...)
	}
	c := &call{api: a, request: request}
	if !a.needsSession(m, c) {
		return a.invoke(request)
	}
	c.spare = !bodyless(a.realm, request)
	c.oneShot = c.spare && a.realm.isStream(Argument(args, 1))
	return a.realm.Go(func() (any, error) { return a.carry(m, c) }, toJS), nil
}

// carry takes the call through the session and returns its response.
func (a *API) carry(m *session.Manager, c *call) (any, error) {
	signal, err := a.realm.call(requestSignal, c.request)
	if err != nil {
		return nil, err
	}
	ctx := a.realm.newSignalConText(signal)
	defer ctx.release()
	if err := m.Do(ctx, c); err != nil {
		c.discard()
		if ctx.Err() != nil {
			return nil, &Thrown{Value: ctx.reason()}
		}
		return nil, err
	}
	return c.response, nil
}

// needsSession reports whether the session has anything to do with the call: not
// where the caller has authorised it otherwise, nor where it is aborted before
// it begins, nor where the mode forbids the header.
func (a *API) needsSession(m *session.Manager, c *call) bool {
	r := a.realm
	if mode, err := r.call(requestMode, c.request); err != nil || Text(mode) == "no-cors" {
		return false
	}
	if signal, err := r.call(requestSignal, c.request); err != nil || r.newSignalConText(signal).Err() != nil {
		return false
	}
	headers, err := r.call(requestHeaders, c.request)
	if err != nil {
		return false
	}
	v, err := r.call(headersGet, headers, wire.HeaderAuthorization)
	if err != nil {
		return false
	}
	own := Text(v)
	token, isBearer := strings.CutPrefix(own, wire.SchemeBearer+" ")
	return own == "" || isBearer && m.Owns(session.AccessToken(token))
}

// input returns the arguments of fetch, with the URL in place of a relative
// one that has another base than the page's.
func (a *API) input(args []safejs.Value, url string) []any {
	plain := make([]any, len(args))
	for i, arg := range args {
		plain[i] = arg
	}
	if a.Base != "" && url != "" && Argument(args, 0).Type() == safejs.TypeString {
		plain[0] = url
	}
	return plain
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
	return promise, thrown(err)
}

// resolve returns the absolute URL that fetch would ask for.
func (a *API) resolve(input safejs.Value) (url string, ok bool) {
	r := a.realm
	if input.Type() == safejs.TypeObject {
		if v, err := r.call(requestURL, input); err == nil {
			return Text(v), true
		}
	}
	base := a.Base
	if base == "" {
		base = r.baseURL()
	}
	url, err := r.ResolveURL(input, base)
	return url, err == nil
}

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
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	return url == e.Login || url == e.Refresh || url == e.Logout
}

// bodyless reports whether the request can be sent twice as it is.
func bodyless(r *Realm, request safejs.Value) bool {
	v, err := r.call(requestMethod, request)
	method := Text(v)
	return err == nil && (method == "GET" || method == "HEAD")
}

// isStream reports whether the body of fetch's init is a stream.
func (r *Realm) isStream(init safejs.Value) bool {
	if init.Type() != safejs.TypeObject {
		return false
	}
	body, err := r.Read(init, "body")
	if err != nil {
		return false
	}
	is, err := body.InstanceOf(r.natives[readableStream])
	return err == nil && is
}
