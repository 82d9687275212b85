//go:build js && wasm

package browser

import (
	"strings"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// newCall makes the Request that fetch would make of its arguments. forAPI is
// false where the URL is not the API's, or where there is no Request to be made:
// fetch refuses that as well, and in its own words.
//
// resolved and url are the arguments and the URL that [API.resolved] has made.
func (f *Fetcher) newCall(args []safejs.Value, resolved []any, url string) (c *call, forAPI bool) {
	a, r := f.api, f.api.realm
	input, init := Argument(args, 0), Argument(args, 1)
	plain := TypeOf(input) == safejs.TypeString && init.IsUndefined()
	if !plain { // making a Request uses up a body, or an iterator of headers: look at the URL first
		if url == "" {
			url = a.url(input)
		}
		if !a.serves(url) {
			return nil, false
		}
	}
	request, err := r.construct(newRequest, resolved...)
	if err != nil {
		return nil, false
	}
	// The Request's own URL decides: an object may name another one each time.
	if url, err := r.call(requestURL, request); err != nil || !a.serves(Text(url)) {
		return nil, false
	}
	c = &call{api: a, request: request, plain: plain}
	if !plain {
		c.body, c.content = r.bodyOf(request, init)
	}
	return c, true
}

// resolved returns the arguments of fetch, with an absolute URL in place of one
// that is relative to another base than the page's, and that URL; empty where
// there was nothing to resolve.
func (a *API) resolved(args []safejs.Value) (list []any, url string) {
	list = make([]any, len(args))
	for i, arg := range args {
		list[i] = arg
	}
	if a.Base != "" && TypeOf(Argument(args, 0)) == safejs.TypeString {
		if absolute, err := a.realm.ResolveURL(args[0], a.Base); err == nil {
			list[0], url = absolute, absolute
		}
	}
	return list, url
}

// url returns the absolute URL that fetch would ask for; empty where it is none.
func (a *API) url(input safejs.Value) string {
	if TypeOf(input) == safejs.TypeObject {
		if url, err := a.realm.call(requestURL, input); err == nil {
			return Text(url)
		}
	}
	url, err := a.realm.ResolveURL(input, a.realm.baseURL())
	if err != nil {
		return ""
	}
	return url
}

// concerns reports whether the session has anything to do with the call: not
// where the caller has authorised it otherwise, nor where it is aborted before
// it begins, nor where the mode forbids the header.
func (f *Fetcher) concerns(c *call) bool {
	if c.plain {
		return true
	}
	r := f.api.realm
	if mode, err := r.call(requestMode, c.request); err != nil || mode.Equal(r.texts.noCORS) {
		return false
	}
	if signal, err := r.call(requestSignal, c.request); err != nil || (signalContext{r, signal}).Err() != nil {
		return false
	}
	headers, err := r.call(requestHeaders, c.request)
	if err != nil {
		return false
	}
	own, err := r.call(headersGet, headers, r.texts.authorization)
	if err != nil || own.IsNull() {
		return err == nil
	}
	scheme, token, _ := strings.Cut(Text(own), " ")
	return (scheme == wire.SchemeBearer || scheme == wire.SchemeDPoP) && f.Manager.Owns(session.AccessToken(token))
}

// address is a call that the session has nothing to do with, for its label.
type address struct {
	api  *API
	args []safejs.Value
}

// Label is the address without what may be secret in it.
func (a address) Label() string { return withoutQuery(a.api.url(Argument(a.args, 0))) }
