//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// Object makes a plain object of names and values that take turns.
func (r *Realm) Object(namesAndValues ...any) safejs.Value {
	object := r.record(namesAndValues...)
	_, _ = r.call(setPrototypeOf, object, r.natives[objectPrototype])
	return object
}

// record is an object without a prototype, for what is handed to the platform:
// there may be secrets in it, which a setter of Object.prototype would be told,
// and what it lacks is not looked for there either.
func (r *Realm) record(namesAndValues ...any) safejs.Value {
	record, err := r.call(objectCreate, nil)
	if err != nil {
		return safejs.Undefined()
	}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if name, ok := namesAndValues[i].(string); ok {
			_ = record.Set(name, namesAndValues[i+1]) // a new object takes any property
		}
	}
	return record
}

// Define adds a property that is not enumerable and can be reconfigured, as
// those of the platform's own objects are.
func (r *Realm) Define(object safejs.Value, name string, value any) error {
	_, err := r.call(defineProperty, object, name, r.record("value", value, "writable", true, "configurable", true))
	return err
}

// DefineGetter adds a property that get computes when it is read.
func (r *Realm) DefineGetter(object safejs.Value, name string, get Callback) error {
	_, err := r.call(defineProperty, object, name, r.record("get", get.Value(), "configurable", true))
	return err
}
