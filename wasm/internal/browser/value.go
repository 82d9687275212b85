//go:build js && wasm

package browser

import (
	"errors"
	"strconv"
	"syscall/js"

	"github.com/hack-pad/safejs"
)

// Thrown is a JavaScript exception, or the reason of a rejected promise.
type Thrown struct {
	Value   safejs.Value
	message string
}

// Error is the exception's own message, where it has one.
func (t *Thrown) Error() string { return t.message }

// Throw makes an error of anything that JavaScript can throw.
func (r *Realm) Throw(v safejs.Value) *Thrown {
	t := &Thrown{Value: v, message: "JavaScript exception"}
	// Not by [Realm.Read], whose own exceptions come here: this one's message may
	// be a getter that throws, and throws itself.
	if message, err := r.natives[reflectGet].Invoke(v, "message"); err == nil && Text(message) != "" {
		t.message = Text(message)
	}
	return t
}

// thrown turns an error of safejs back into the exception that it stands for.
func (r *Realm) thrown(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[js.Error](err); ok {
		return r.Throw(safejs.Safe(e.Value))
	}
	return err
}

// TypeOf tells what v is. A BigInt, at which syscall/js panics, is a symbol here:
// of neither has the module any use.
func TypeOf(v safejs.Value) (t safejs.Type) {
	defer func() {
		if recover() != nil {
			t = safejs.TypeSymbol
		}
	}()
	return v.Type()
}

// Text reads a string; empty where v is none.
func Text(v safejs.Value) string {
	if TypeOf(v) != safejs.TypeString {
		return ""
	}
	s, _ := v.String() // a string always has one
	return s
}

// Truth reads a boolean; false where v is none.
func Truth(v safejs.Value) bool {
	if TypeOf(v) != safejs.TypeBoolean {
		return false
	}
	b, _ := v.Bool()
	return b
}

// Number reads a number; ok is false where v is none.
func Number(v safejs.Value) (n float64, ok bool) {
	if TypeOf(v) != safejs.TypeNumber {
		return 0, false
	}
	f, err := v.Float()
	return f, err == nil
}

// Read reads a property of any object. A getter that throws is an error, where
// a plain read would stop the module.
func (r *Realm) Read(object safejs.Value, name string) (safejs.Value, error) {
	return r.call(reflectGet, object, name)
}

// JSON returns the JSON text of v.
func (r *Realm) JSON(v safejs.Value) (safejs.Value, error) { return r.call(jsonStringify, v) }

// Keys lists the own enumerable properties of an object.
func (r *Realm) Keys(object safejs.Value) (list []string, err error) {
	keys, err := r.call(objectKeys, object)
	if err != nil {
		return nil, err
	}
	names, _ := r.Elements(keys)
	for _, name := range names {
		list = append(list, Text(name))
	}
	return list, nil
}

// Elements reads an array; ok is false where v is anything else, or cannot be read.
func (r *Realm) Elements(v safejs.Value) (list []safejs.Value, ok bool) {
	if !r.IsArray(v) {
		return nil, false
	}
	length, ok := Number(r.Property(v, "length"))
	for float64(len(list)) < length {
		list = append(list, r.Property(v, strconv.Itoa(len(list))))
	}
	return list, ok
}

// IsArray reports whether v is an array, be it another realm's.
func (r *Realm) IsArray(v safejs.Value) bool {
	is, err := r.call(isArray, v)
	return err == nil && Truth(is)
}

// Property reads a property of anything; undefined where there is none, or where
// it cannot be read.
func (r *Realm) Property(v safejs.Value, name string) safejs.Value {
	p, err := r.Read(v, name)
	if err != nil {
		return safejs.Undefined()
	}
	return p
}

// property reads a property with nothing but syscall/js, which an exception in a
// getter would break for good: only for objects that nobody can have changed.
func property(v safejs.Value, name string) safejs.Value {
	if t := TypeOf(v); t != safejs.TypeObject && t != safejs.TypeFunction {
		return safejs.Undefined()
	}
	p, err := v.Get(name)
	if err != nil {
		return safejs.Undefined()
	}
	return p
}
