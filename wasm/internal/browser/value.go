//go:build js && wasm

package browser

import (
	"errors"
	"syscall/js"

	"github.com/hack-pad/safejs"
)

// Thrown is a JavaScript exception, or the reason of a rejected promise.
type Thrown struct{ Value safejs.Value }

// Error is the exception's own message, where it has one.
func (t *Thrown) Error() string {
	if message := Text(Property(t.Value, "message")); message != "" {
		return message
	}
	return "JavaScript exception"
}

// thrown turns an error of safejs back into the exception that it stands for.
func thrown(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[js.Error](err); ok {
		return &Thrown{Value: safejs.Safe(e.Value)}
	}
	return err
}

// Text reads a string; empty where v is none.
func Text(v safejs.Value) string {
	if v.Type() != safejs.TypeString {
		return ""
	}
	s, _ := v.String() // a string always has one
	return s
}

// Truth reads a boolean; false where v is none.
func Truth(v safejs.Value) bool {
	if v.Type() != safejs.TypeBoolean {
		return false
	}
	b, _ := v.Bool()
	return b
}

// Number reads a number; ok is false where v is none.
func Number(v safejs.Value) (n float64, ok bool) {
	if v.Type() != safejs.TypeNumber {
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

// Keys lists the own enumerable properties of an object.
func (r *Realm) Keys(object safejs.Value) ([]string, error) {
	keys, err := r.call(objectKeys, object)
	if err != nil {
		return nil, err
	}
	return r.strings(keys)
}

// Strings reads an array of strings; ok is false where v is anything else.
func (r *Realm) Strings(v safejs.Value) (list []string, ok bool) {
	isArray, err := r.call(isArray, v)
	if err != nil || !Truth(isArray) {
		return nil, false
	}
	list, err = r.strings(v)
	return list, err == nil
}

var errNoString = errors.New("not a string")

func (r *Realm) strings(array safejs.Value) ([]string, error) {
	n, err := array.Length()
	if err != nil {
		return nil, err
	}
	list := make([]string, n)
	for i := range list {
		v, err := array.Index(i)
		if err != nil {
			return nil, err
		}
		if v.Type() != safejs.TypeString {
			return nil, errNoString
		}
		list[i] = Text(v)
	}
	return list, nil
}

// Property reads a property of an object of the platform; undefined where there
// is none. Objects of the page's own are read with [Realm.Read], because their
// getters may throw.
func Property(v safejs.Value, name string) safejs.Value {
	if t := v.Type(); t != safejs.TypeObject && t != safejs.TypeFunction {
		return safejs.Undefined()
	}
	p, err := v.Get(name)
	if err != nil {
		return safejs.Undefined()
	}
	return p
}
