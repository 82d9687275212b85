//go:build js && wasm

package browser

import (
	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// call is one fetch of the page to the API. It implements [session.Call].
type call struct {
	api     *API
	request safejs.Value // never sent itself where it has a body that a retry needs
	spare   bool         // request has to be cloned to be sent
	oneShot bool

	response safejs.Value // the last one
	answered bool
}

var _ session.Call = (*call)(nil)

// Send sends the request with the token and waits for the response.
func (c *call) Send(token session.AccessToken) (session.Answer, error) {
	c.discard()
	if err := c.authorize(token); err != nil {
		return session.Answer{}, err
	}
	request, err := c.attempt()
	if err != nil {
		return session.Answer{}, err
	}
	response, err := c.api.send(request)
	if err != nil {
		return session.Answer{}, err
	}
	c.response, c.answered = response, true
	return c.api.answer(response)
}

// Replayable is false where the body is a stream: to send that twice would
// mean to keep all of it in memory.
func (c *call) Replayable() bool { return !c.oneShot }

func (c *call) authorize(token session.AccessToken) error {
	r := c.api.realm
	headers, err := r.call(requestHeaders, c.request)
	if err != nil {
		return err
	}
	if token == "" {
		_, err = r.call(headersDelete, headers, wire.HeaderAuthorization)
	} else {
		_, err = r.call(headersSet, headers, wire.HeaderAuthorization, bearer(token))
	}
	return err
}

// attempt returns a request to be sent once: a clone where there is a body,
// which sending uses up.
func (c *call) attempt() (safejs.Value, error) {
	if !c.spare || c.oneShot {
		return c.request, nil
	}
	clone, err := c.api.realm.call(requestClone, c.request)
	return clone, err
}

// discard gives the connection of the refused response back.
func (c *call) discard() {
	if !c.answered {
		return
	}
	c.answered = false
	r := c.api.realm
	if body, err := r.call(responseBody, c.response); err == nil && body.Type() == safejs.TypeObject {
		_, _ = r.call(streamCancel, body)
	}
}

// answer reads of a response what the session needs to know: of any but a 401
// that is only the status.
func (a *API) answer(response safejs.Value) (session.Answer, error) {
	r := a.realm
	status, err := r.call(responseStatus, response)
	if err != nil {
		return session.Answer{}, err
	}
	code, _ := Number(status)
	answer := session.Answer{Status: int(code)}
	if answer.Status != 401 {
		return answer, nil
	}
	answer.Challenge = r.header(response, wire.HeaderChallenge)
	if redirected, err := r.call(responseRedirected, response); err == nil && Truth(redirected) {
		url, err := r.call(responseURL, response)
		answer.Foreign = err != nil || !a.owns(Text(url))
	}
	return answer, nil
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

func bearer(token session.AccessToken) string {
	return wire.SchemeBearer + " " + string(token)
}
