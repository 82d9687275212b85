//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// NewThrowing makes a JavaScript function of one argument that throws what f
// returns as exception, where that is not undefined, and else returns its result.
//
// A Go callback cannot throw, and a strict CSP forbids to make a function from
// text. But Array.prototype.reduce reads the next element of its array between
// two calls of its callback, and an element can have a getter that throws. So
// the function is
//
//	[, , getter].reduce.bind(array, callback)
//
// whose argument is the initial value. Called without one, reduce starts with
// the first element and the second call, which is why that one does the work.
func (r *Realm) NewThrowing(f func(arg safejs.Value) (result, exception safejs.Value)) (safejs.Value, error) {
	const atWork, atGetter = 1, 2
	steps, err := r.construct(newArray, safejs.Undefined(), safejs.Undefined(), safejs.Undefined())
	if err != nil {
		return safejs.Undefined(), err
	}
	callback, err := NewCallback(func(args []safejs.Value) any {
		carried := Argument(args, 0)
		if step, _ := Number(Argument(args, 2)); step != atWork {
			return carried
		}
		result, exception := f(carried)
		property := r.record("configurable", true)
		if exception.IsUndefined() {
			_ = property.Set("value", exception)
		} else if getter, err := r.thrower(exception); err == nil {
			_ = property.Set("get", getter)
		}
		_, _ = r.call(defineProperty, steps, atGetter, property)
		return result
	})
	if err != nil {
		return safejs.Undefined(), err
	}
	throwing, err := r.call(bind, r.natives[reduce], steps, callback.Value())
	return throwing, err
}

// thrower makes a function that throws the exception, by the one method of the
// platform that throws what it is told to.
func (r *Realm) thrower(exception safejs.Value) (safejs.Value, error) {
	aborted, err := r.call(newAborted, exception)
	if err != nil {
		return safejs.Undefined(), err
	}
	f, err := r.call(bind, r.natives[signalThrow], safejs.Undefined(), aborted)
	return f, err
}
