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
	add, remove, dispatch, err := i.events.Methods()
	if err != nil {
		return err
	}
	// Whoever listens wants the session to be looked for.
	opening := func(method safejs.Value) func([]safejs.Value) any {
		return func([]safejs.Value) any { i.open(); return method }
	}
	for _, member := range []struct {
		name   string
		getter bool
		f      func([]safejs.Value) any
		absent bool
	}{
		{name: "login", f: i.login},
		{name: "logout", f: i.logout},
		{name: "refresh", f: i.refresh},
		{name: "getToken", f: i.token, absent: !i.options.exposeToken},
		{name: "debug", f: i.debug},
		{name: "destroy", f: i.destroy},
		{name: "session", f: i.session, getter: true},
		{name: "ready", f: i.whenReady, getter: true},
		{name: "addEventListener", f: opening(add), getter: true},
		{name: "removeEventListener", f: opening(remove), getter: true},
		{name: "dispatchEvent", f: opening(dispatch), getter: true},
	} {
		if member.absent {
			continue
		}
		callback, err := browser.NewCallback(member.f)
		if err != nil {
			return err
		}
		if member.getter {
			err = realm.DefineGetter(i.function, member.name, callback)
		} else {
			err = realm.Define(i.function, member.name, callback.Value())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
