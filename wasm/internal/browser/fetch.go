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
}

// NewFetcher returns a fetcher, which lives as long as the module. toJS makes the
// reason of a rejection from an error.
func (a *API) NewFetcher(toJS func(error) safejs.Value) (*Fetcher, error) {
	f := &Fetcher{api: a, toJS: toJS}
	var err error
	f.answered, err = NewCallback(f.answer)
	return f, err
}

// Do is fetch(input, init). What is not for the API goes to the page's fetch,
// untouched, and the answer is that fetch's own promise.
func (f *Fetcher) Do(args []safejs.Value) (safejs.Value, error) {
	resolved, url := f.api.resolved(args)
	c, forAPI := f.newCall(args, resolved, url)
	if !forAPI {
		f.Manager.Say(address{f.api, args}, 0, session.Foreign, "")
		return f.api.invoke(resolved...)
	}
	if !f.concerns(c) {
		f.Manager.Say(c, 0, session.Untouched, "")
		return f.api.invoke(c.request)
	}
	pass, ok := f.Manager.Begin()
	if !ok {
		return f.wait(c, func(ctx session.Context) error { return f.Manager.Do(ctx, c) }), nil
	}
	return f.send(c, pass)
}

// send sends a call that has nothing to wait for. Nothing of it is kept on this
// side until a 401 comes back: a failure goes straight to the caller, and a
// response through [Fetcher.answer].
func (f *Fetcher) send(c *call, pass session.Pass) (safejs.Value, error) {
	request, err := c.prepare(pass.Token)
	if err != nil {
		return safejs.Undefined(), err
	}
	promise, err := f.api.invoke(request)
	if err != nil {
		return safejs.Undefined(), err
	}
	r := f.api.realm
	answered, err := r.call(bind, f.answered.Value(), safejs.Undefined(),
		c.request, int(c.body), c.content, float64(pass.Sequence), float64(pass.User))
	if err != nil {
		return safejs.Undefined(), err
	}
	return r.then(promise, answered)
}

// answer takes the response to what send has sent; the arguments before it are
// what send has bound. What it returns is what the caller gets.
func (f *Fetcher) answer(args []safejs.Value) any {
	response := Argument(args, 5)
	status := f.api.realm.status(response)
	if status != 401 {
		return response
	}
	number := func(i int) float64 { n, _ := Number(Argument(args, i)); return n }
	c := &call{
		api:      f.api,
		request:  Argument(args, 0),
		body:     body(number(1)),
		content:  Argument(args, 2),
		sent:     true,
		response: response,
	}
	pass := session.Pass{Sequence: uint64(number(3)), User: uint64(number(4))}
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
