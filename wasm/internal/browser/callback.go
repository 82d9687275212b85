//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// Callback is a Go function that JavaScript can call. Whoever makes one owns it
// and releases it.
type Callback struct{ f safejs.Func }

// NewCallback makes a callback. A panic in f, which would otherwise wedge the
// whole Go runtime in the page, becomes an undefined result.
//
// f must not wait for anything: it runs on the page's own thread.
func NewCallback(f func(args []safejs.Value) any) (Callback, error) {
	wrapped, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) (result any) {
		defer func() {
			if recover() != nil {
				result = nil
			}
		}()
		return f(args)
	})
	return Callback{wrapped}, err
}

// Value is the JavaScript function.
func (c Callback) Value() safejs.Value { return c.f.Value() }

// Release gives the function back; it must not be called from then on.
func (c Callback) Release() { c.f.Release() }

// Argument returns the i-th argument, undefined where there are fewer.
func Argument(args []safejs.Value, i int) safejs.Value {
	if i < len(args) {
		return args[i]
	}
	return safejs.Undefined()
}
