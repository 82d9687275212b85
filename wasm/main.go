//go:build js && wasm

// Command wasm is the module in the page: the token manager behind authFetch,
// a fetch with a session.
//
// A page that runs it with Go's wasm_exec.js finds globalThis.authFetch. The
// loader, static/authfetch.js, spares the page that work and starts the module
// again should it ever stop.
package main

import (
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/hack-pad/safejs"
)

// The names under which the module meets the page.
const (
	globalName = "authFetch"
	// startedName is a function that the loader leaves for the module to hand
	// itself over to, so that nothing global is defined.
	startedName = "__authfetch_started"
)

func main() {
	if err := run(); err != nil {
		// The page learns it from the loader; without one, from the console.
		panic("authFetch: " + err.Error())
	}
	select {} // the page calls from here on
}

func run() error {
	realm, err := browser.NewRealm()
	if err != nil {
		return err
	}
	shared, err := newRegistry(realm)
	if err != nil {
		return err
	}
	started, err := realm.Read(realm.Global(), startedName)
	if err == nil && started.Type() == safejs.TypeFunction {
		factory, err := newFactory(shared)
		if err != nil {
			return err
		}
		_, err = started.Invoke(factory)
		return err
	}
	root, err := newRoot(shared)
	if err != nil {
		return err
	}
	return realm.Define(realm.Global(), globalName, root)
}
