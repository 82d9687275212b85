//go:build js && wasm

package browser

import (
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Fetcher is fetch through a session.
type Fetcher struct {
	// Manager is the session. Set it before the first call.
	Manager *session.Manager

	api      *API
	toJS     func(error) safejs.Value
	answered Callback
	relay    safejs.Value // undefined: there is none
}

// NewFetcher returns a fetcher, which lives as long as the module. toJS makes the
// reason of a rejection from an error.
//
// relay makes a function of the page's that sends a request and looks at its
// answer, which is several times cheaper there than here; see the loader. It is
// undefined where nobody has brought one.
func (a *API) NewFetcher(toJS func(error) safejs.Value, relay safejs.Value) (*Fetcher, error) {
	f := &Fetcher{api: a, toJS: toJS}
	var err error
	if f.answered, err = NewCallback(f.answer); err != nil || TypeOf(relay) != safejs.TypeFunction {
		return f, err
	}
	n := &a.realm.natives
	f.relay, err = relay.Invoke(a.bound, n[promiseThen], n[promiseResolve], n[responseStatus],
		n[requestHeaders], n[headersSet], f.answered.Value())
	return f, err
}

// Do is fetch(input, init). What is not for the API goes to the page's fetch,
// untouched, and the answer is that fetch's own promise.
func (f *Fetcher) Do(args []safejs.Value) (safejs.Value, error) {
	resolved, url := f.api.resolved(args)
	c, forAPI := f.newCall(args, resolved, url)
	if !forAPI {
		f.Manager.Say(address{f.api, args}, 0, session.Foreign, "")
		return f.api.passOn(resolved...)
	}
	if !f.concerns(c) {
		f.Manager.Say(c, 0, session.Untouched, "")
		return f.api.passOn(c.request)
	}
	pass, ok := f.Manager.Begin()
	if !ok {
		return f.wait(c, func(ctx session.Context) error { return f.Manager.Do(ctx, c) }), nil
	}
	return f.send(c, pass)
}

// send sends a call that has nothing to wait for. Nothing of it is kept on this
// side until a 401 comes back: a failure goes straight to the caller, and a
// response too, by the relay or through [Fetcher.answer].
func (f *Fetcher) send(c *call, pass session.Pass) (safejs.Value, error) {
	r, known := f.api.realm, float64(newTicket(c.body, pass))
	if pass.Token != "" && c.body != clonedBody && !f.relay.IsUndefined() {
		promise, err := f.relay.Invoke(c.request, f.api.authorization(pass.Token), known, c.content)
		return promise, r.thrown(err)
	}
	request, err := c.prepare(pass.Token)
	if err != nil {
		return safejs.Undefined(), err
	}
	promise, err := f.api.invoke(request)
	if err != nil {
		return safejs.Undefined(), err
	}
	answered, err := r.call(bind, f.answered.Value(), safejs.Undefined(), c.request, known, c.content)
	if err != nil {
		return safejs.Undefined(), err
	}
	return r.then(promise, answered)
}

// answer takes the response to what send has sent, after what was known of it. What
// it returns is what the caller gets.
func (f *Fetcher) answer(args []safejs.Value) any {
	response := Argument(args, 3)
	if f.api.realm.status(response) != 401 {
		return response
	}
	known, _ := Number(Argument(args, 1))
	kind, pass := ticket(known).open()
	c := &call{
		api:      f.api,
		request:  Argument(args, 0),
		body:     kind,
		content:  Argument(args, 2),
		sent:     true,
		response: response,
	}
	return f.wait(c, func(ctx session.Context) error {
		return f.Manager.Resume(ctx, c, pass, f.api.answer(response))
	})
}

// wait gives the page a promise of the call's response, and carries the call on
// until it is there or the caller has had enough.
func (f *Fetcher) wait(c *call, carry func(session.Context) error) safejs.Value {
	r := f.api.realm
	return r.Go(func() (any, error) {
		signal, err := r.call(requestSignal, c.request)
		if err != nil {
			return nil, err
		}
		ctx := signalContext{r, signal}
		if err := carry(ctx); err != nil {
			c.discard()
			if ctx.Err() != nil {
				return nil, r.Throw(ctx.reason())
			}
			return nil, err
		}
		return c.response, nil
	}, f.toJS)
}
