//go:build js && wasm

package main

import (
	"strconv"

	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// debug has the decisions of the session told: to the console for true, to the
// function that it is given, or for anything else to nobody any more.
func (i *instance) debug(args []safejs.Value) any {
	i.debugger = debugger(browser.Argument(args, 0))
	if _, err := i.use(); err == nil {
		i.shared.observe()
	}
	return safejs.Undefined()
}

// debugger is v where decisions can be told to it, and else undefined.
func debugger(v safejs.Value) safejs.Value {
	if browser.Truth(v) || browser.TypeOf(v) == safejs.TypeFunction {
		return v
	}
	return safejs.Undefined()
}

// observe asks the session for its decisions if any instance wants them.
func (s *shared) observe() {
	for _, i := range s.instances {
		if !i.debugger.IsUndefined() {
			s.manager.Observe(s.decided)
			return
		}
	}
	s.manager.Observe(nil)
}

// decided passes a decision on to every instance that wants it.
func (s *shared) decided(d session.Decision) {
	for _, i := range s.instances {
		switch browser.TypeOf(i.debugger) {
		case safejs.TypeBoolean:
			s.realm.Debug(line(d))
		case safejs.TypeFunction:
			object := s.realm.Object("code", d.Code(), "text", d.Text(), "detail", d.Detail,
				"call", float64(d.Call), "request", d.Request)
			if _, err := i.debugger.Invoke(object); err != nil {
				s.realm.Warn("the listener of debug has thrown: " + err.Error())
			}
		}
	}
}

// line is a decision as the console shows it.
func line(d session.Decision) string {
	text := d.Text()
	if d.Request != "" {
		text = d.Request + ": " + text
	}
	if d.Call != 0 {
		text = "call " + strconv.FormatUint(d.Call, 10) + ", " + text
	}
	if d.Detail != "" {
		text += " (" + d.Detail + ")"
	}
	return text
}
