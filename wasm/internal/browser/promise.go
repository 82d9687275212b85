//go:build js && wasm

package browser

import (
	"fmt"

	"github.com/hack-pad/safejs"
)

// Deferred is a promise and the means to settle it.
type Deferred struct {
	Promise safejs.Value
	resolve safejs.Value
	reject  safejs.Value
}

// Resolve fulfils the promise.
func (d Deferred) Resolve(v any) { _, _ = d.resolve.Invoke(v) }

// Reject rejects the promise.
func (d Deferred) Reject(reason safejs.Value) { _, _ = d.reject.Invoke(reason) }

// NewDeferred makes a promise that is pending.
func (r *Realm) NewDeferred() (Deferred, error) {
	if !r.natives[withResolvers].IsUndefined() {
		d, err := r.call(withResolvers)
		if err != nil {
			return Deferred{}, err
		}
		return Deferred{property(d, "promise"), property(d, "resolve"), property(d, "reject")}, nil
	}
	var d Deferred
	executor, err := NewCallback(func(args []safejs.Value) any {
		d.resolve, d.reject = Argument(args, 0), Argument(args, 1)
		return nil
	})
	if err != nil {
		return Deferred{}, err
	}
	defer executor.Release()
	d.Promise, err = r.construct(promise, executor.Value())
	return d, err
}

// Go runs f on its own goroutine, as far as it gets without waiting before it
// returns, and gives the page a promise of the result. toJS makes the reason of
// a rejection from an error of f.
func (r *Realm) Go(f func() (any, error), toJS func(error) safejs.Value) safejs.Value {
	d, err := r.NewDeferred()
	if err != nil {
		return safejs.Undefined()
	}
	go func() {
		v, err := recovered(f)
		if err != nil {
			d.Reject(toJS(err))
			return
		}
		d.Resolve(v)
	}()
	return d.Promise
}

// Await waits until the promise has settled. A rejection is a [Thrown] error.
func (r *Realm) Await(promise safejs.Value) (safejs.Value, error) {
	type outcome struct {
		value safejs.Value
		err   error
	}
	settled := make(chan outcome, 1)
	fulfilled, err := NewCallback(func(args []safejs.Value) any {
		settled <- outcome{value: Argument(args, 0)}
		return nil
	})
	if err != nil {
		return safejs.Undefined(), err
	}
	defer fulfilled.Release()
	rejected, err := NewCallback(func(args []safejs.Value) any {
		settled <- outcome{err: r.Throw(Argument(args, 0))}
		return nil
	})
	if err != nil {
		return safejs.Undefined(), err
	}
	defer rejected.Release()
	if _, err := r.then(promise, fulfilled.Value(), rejected.Value()); err != nil {
		return safejs.Undefined(), err
	}
	o := <-settled
	return o.value, o.err
}

// then is promise.then, also where a fetch of the page's own has returned something
// that is no promise of the platform's.
func (r *Realm) then(promise safejs.Value, handlers ...any) (safejs.Value, error) {
	next, err := r.call(promiseThen, append([]any{promise}, handlers...)...)
	if err == nil {
		return next, nil
	}
	if promise, err = r.call(promiseResolve, promise); err != nil {
		return safejs.Undefined(), err
	}
	return r.call(promiseThen, append([]any{promise}, handlers...)...)
}

// recovered runs f; a panic becomes an error.
func recovered(f func() (any, error)) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return f()
}
