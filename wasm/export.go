//go:build js && wasm

package main

import (
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/hack-pad/safejs"
)

// newRoot makes what a page without the loader finds: an authFetch with default
// options, which touches nothing until it is used, and its create(options), which
// throws a TypeError for a wrong option.
func newRoot(shared *registry) (safejs.Value, error) {
	defaults, err := parseOptions(shared.realm, safejs.Undefined())
	if err != nil {
		return safejs.Undefined(), err
	}
	root, err := newInstance(shared, defaults, safejs.Undefined())
	if err != nil {
		return safejs.Undefined(), err
	}
	create, err := shared.realm.NewThrowing(func(options safejs.Value) (result, exception safejs.Value) {
		f, err := create(shared, options, safejs.Undefined())
		if err != nil {
			return safejs.Undefined(), shared.realm.TypeError(err.Error())
		}
		return f, safejs.Undefined()
	})
	if err != nil {
		return safejs.Undefined(), err
	}
	return root.function, shared.realm.Define(root.function, "create", create)
}

// newFactory makes what the loader is handed: an object with create(options,
// host), which returns the TypeError for a wrong option instead of throwing it.
func newFactory(shared *registry) (safejs.Value, error) {
	factory := shared.realm.Object()
	create, err := browser.NewCallback(func(args []safejs.Value) any {
		f, err := create(shared, browser.Argument(args, 0), browser.Argument(args, 1))
		if err != nil {
			return shared.realm.TypeError(err.Error())
		}
		return f
	})
	if err != nil {
		return safejs.Undefined(), err
	}
	return factory, shared.realm.Define(factory, "create", create.Value())
}

// create makes an instance that starts at once.
func create(shared *registry, options, host safejs.Value) (safejs.Value, error) {
	parsed, err := parseOptions(shared.realm, options)
	if err != nil {
		return safejs.Undefined(), err
	}
	i, err := newInstance(shared, parsed, host)
	if err != nil {
		return safejs.Undefined(), err
	}
	i.open()
	return i.function, nil
}
