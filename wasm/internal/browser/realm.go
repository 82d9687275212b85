//go:build js && wasm

// Package browser is the module's way to the page: one Web API a file, each a
// thin adapter without decisions of its own. The decisions are in package
// session, whose interfaces it implements.
//
// Everything the page offers is captured once, in a [Realm], when the module
// starts: script that patches fetch or Headers afterwards sees no token. What
// is patched before the module starts is out of its reach.
//
// It is of no use outside a page or a worker, and builds for js/wasm only.
package browser

import (
	"errors"
	"strings"

	"github.com/hack-pad/safejs"
)

// Realm holds the page's natives as they were when the module started.
type Realm struct {
	global  safejs.Value
	natives [natives]safejs.Value
	texts   texts
}

// NewRealm captures the natives of the page that the module runs in. The error
// names the first that the page lacks.
func NewRealm() (*Realm, error) {
	r := &Realm{global: safejs.Global()}
	functionCall := r.path("Function.prototype.call")
	functionBind := r.path("Function.prototype.bind")
	// bind.call(call, f) is call.bind(f): f with its receiver as first argument.
	uncurry := func(f safejs.Value) (safejs.Value, error) {
		if f.IsUndefined() {
			return f, nil
		}
		return functionBind.Call("call", functionCall, f)
	}
	for n, source := range sources {
		source, optional := strings.CutPrefix(source, "?")
		var v safejs.Value
		var err error
		if class, name, ok := strings.Cut(source, "#"); ok {
			v, err = uncurry(r.path(class + ".prototype." + name))
		} else if class, name, ok := strings.Cut(source, ":"); ok {
			v, err = uncurry(r.getter(class, name))
		} else if receiver, name, ok := strings.Cut(source, "!"); ok {
			v, err = functionBind.Call("call", r.path(receiver+"."+name), r.path(receiver))
		} else {
			v = r.path(source)
		}
		if err != nil || v.IsUndefined() {
			if optional {
				r.natives[n] = safejs.Undefined()
				continue
			}
			return nil, errors.New("this browser has no " + source)
		}
		r.natives[n] = v
	}
	var err error
	if r.texts, err = newTexts(); err != nil {
		return nil, err
	}
	return r, nil
}

// Global is the page's global object.
func (r *Realm) Global() safejs.Value { return r.global }

// call calls a native.
func (r *Realm) call(n native, args ...any) (safejs.Value, error) {
	v, err := r.natives[n].Invoke(args...)
	return v, r.thrown(err)
}

// construct makes an object of a native class.
func (r *Realm) construct(n native, args ...any) (safejs.Value, error) {
	v, err := r.natives[n].New(args...)
	return v, r.thrown(err)
}

// path returns global.a.b.c; undefined where there is none.
func (r *Realm) path(names string) safejs.Value {
	v := r.global
	for name := range strings.SplitSeq(names, ".") {
		v = property(v, name)
	}
	return v
}

func (r *Realm) getter(class, name string) safejs.Value {
	descriptor, err := r.path("Object").Call("getOwnPropertyDescriptor", r.path(class+".prototype"), name)
	if err != nil {
		return safejs.Undefined()
	}
	return property(descriptor, "get")
}
