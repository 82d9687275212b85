//go:build js && wasm

package browser

import (
	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// call is one fetch of the page to the API. It implements [session.Call].
type call struct {
	api      *API         // and not the Fetcher, whose times an interface would let the module format
	request  safejs.Value // as the caller wants it, but for the token
	plain    bool         // a GET of a string, with nothing else said
	body     body
	content  safejs.Value // of a constantBody
	sent     bool         // the body has been used up
	response safejs.Value // the last one; undefined before the first
}

var _ session.Call = (*call)(nil)

// Send sends the request with the token and waits for the response.
func (c *call) Send(token session.AccessToken) (session.Answer, error) {
	c.discard()
	request, err := c.prepare(token)
	if err != nil {
		return session.Answer{}, err
	}
	if c.response, err = c.api.send(request); err != nil {
		return session.Answer{}, err
	}
	return c.api.answer(c.response), nil
}

// Replayable is false where the body is a stream.
func (c *call) Replayable() bool { return c.body != oneShotBody }

// Label is the method and the address, without what may be secret in it.
func (c *call) Label() string {
	r := c.api.realm
	method, _ := r.call(requestMethod, c.request)
	url, _ := r.call(requestURL, c.request)
	return Text(method) + " " + withoutQuery(Text(url))
}

// prepare returns a request to be sent once, with the token.
func (c *call) prepare(token session.AccessToken) (safejs.Value, error) {
	r := c.api.realm
	if c.body == constantBody && c.sent {
		again, err := r.construct(newRequest, c.request, r.again(c.request, c.content))
		if err != nil {
			return safejs.Undefined(), err
		}
		c.request = again
	}
	c.sent = true
	headers, err := r.call(requestHeaders, c.request)
	if err != nil {
		return safejs.Undefined(), err
	}
	if token != "" {
		_, err = r.call(headersSet, headers, r.texts.authorization, c.api.authorization(token))
	} else if !c.plain {
		_, err = r.call(headersDelete, headers, r.texts.authorization)
	}
	if err != nil || c.body != clonedBody {
		return c.request, err
	}
	return r.call(requestClone, c.request)
}

// discard gives the connection of the refused response back.
func (c *call) discard() {
	if c.response.IsUndefined() {
		return
	}
	r := c.api.realm
	if body, err := r.call(responseBody, c.response); err == nil && TypeOf(body) == safejs.TypeObject {
		// A stream that has failed says so again, and somebody has to listen.
		if done, err := r.call(streamCancel, body); err == nil {
			_, _ = r.call(promiseThen, done, safejs.Undefined(), r.natives[isArray])
		}
	}
	c.response = safejs.Undefined()
}

// answer reads of a response what the session needs to know: of any but a 401
// that is only the status.
func (a *API) answer(response safejs.Value) session.Answer {
	r := a.realm
	answer := session.Answer{Status: r.status(response)}
	if answer.Status != 401 {
		return answer
	}
	answer.Challenge = r.header(response, wire.HeaderChallenge)
	if redirected, err := r.call(responseRedirected, response); err == nil && Truth(redirected) {
		url, err := r.call(responseURL, response)
		answer.Foreign = err != nil || !a.owns(Text(url))
	}
	return answer
}

// status reads the status of a response; zero where v is none.
func (r *Realm) status(response safejs.Value) int {
	v, err := r.call(responseStatus, response)
	if err != nil {
		return 0
	}
	status, _ := Number(v)
	return int(status)
}

// header reads a header field of a response; empty where it has none.
func (r *Realm) header(response safejs.Value, name string) string {
	headers, err := r.call(responseHeaders, response)
	if err != nil {
		return ""
	}
	v, err := r.call(headersGet, headers, name)
	if err != nil {
		return ""
	}
	return Text(v)
}
