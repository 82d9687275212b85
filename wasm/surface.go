//go:build js && wasm

package main

import (
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/hack-pad/safejs"
)

// define makes the function and its properties. The callbacks live as long as
// the module: the page may hold on to any of them.
func (i *instance) define() error {
	realm := i.registry.realm
	function, err := browser.NewCallback(i.fetch)
	if err != nil {
		return err
	}
	i.function = function.Value()
	// What code can see of fetch, it sees of authFetch.
	if err := realm.Define(i.function, "name", "fetch"); err != nil {
		return err
	}
	if err := realm.Define(i.function, "length", 1); err != nil {
		return err
	}
	methods := map[string]func([]safejs.Value) any{
		"login":   i.login,
		"logout":  i.logout,
		"refresh": i.refresh,
		"destroy": i.destroy,
	}
	if i.options.exposeToken {
		methods["getToken"] = i.token
	}
	for name, f := range methods {
		callback, err := browser.NewCallback(f)
		if err != nil {
			return err
		}
		if err := realm.Define(i.function, name, callback.Value()); err != nil {
			return err
		}
	}
	getters := map[string]func([]safejs.Value) any{
		"session": i.session,
		"ready":   func([]safejs.Value) any { i.open(); return i.ready },
	}
	for name, method := range i.events.Methods() {
		// Whoever listens wants the session to be looked for.
		getters[name] = func([]safejs.Value) any { i.open(); return method }
	}
	for name, f := range getters {
		callback, err := browser.NewCallback(f)
		if err != nil {
			return err
		}
		if err := realm.DefineGetter(i.function, name, callback); err != nil {
			return err
		}
	}
	return nil
}
