//go:build js && wasm && inspect

package main

import (
	"runtime"
	_ "unsafe" // for linkname

	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/hack-pad/safejs"
)

// inspectName is a function of the page that says what the program holds. It is in
// no module that is shipped: the tests build one with this file, to see that a page
// that stays open does not grow.
const inspectName = "__authfetch_inspect"

// callbacks are those of syscall/js that have not been released.
//
//go:linkname callbacks syscall/js.funcs
var callbacks map[uint32]func(any, []any) any

func init() {
	realm, err := browser.NewRealm()
	if err != nil {
		panic(err)
	}
	inspect, err := browser.NewCallback(func([]safejs.Value) any {
		// What the first collection finds unreachable, finalizers give back to the
		// page, and the second collects.
		for range 2 {
			runtime.GC()
			runtime.Gosched()
		}
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return realm.Object(
			"heap", float64(memory.HeapAlloc),
			"goroutines", runtime.NumGoroutine(),
			"callbacks", len(callbacks),
		)
	})
	if err != nil {
		panic(err)
	}
	if err := realm.Define(realm.Global(), inspectName, inspect.Value()); err != nil {
		panic(err)
	}
}
