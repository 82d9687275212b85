//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// Define adds a property that is not enumerable and can be reconfigured, as
// those of the platform's own objects are.
func (r *Realm) Define(object safejs.Value, name string, value any) error {
	_, err := r.call(defineProperty, object, name, r.Object(map[string]any{
		"value": value, "writable": true, "configurable": true,
	}))
	return err
}

// DefineGetter adds a property that get computes when it is read.
func (r *Realm) DefineGetter(object safejs.Value, name string, get Callback) error {
	_, err := r.call(defineProperty, object, name, r.Object(map[string]any{
		"get": get.Value(), "configurable": true,
	}))
	return err
}
