//go:build js && wasm

// Command bare is the smallest program that uses safejs for what the module
// needs it for: one JavaScript function made from a Go function. Its weight is
// what Go itself costs in the page.
package main

import "github.com/hack-pad/safejs"

func main() {
	fn, err := safejs.FuncOf(func(safejs.Value, []safejs.Value) any { return nil })
	if err != nil {
		return
	}
	fn.Release()
}
