//go:build js && wasm

package browser

import (
	"errors"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// signalContext is an AbortSignal as a [session.Context]. It costs nothing until
// somebody waits: most calls never do.
type signalContext struct {
	realm  *Realm
	signal safejs.Value
}

var _ session.Context = signalContext{}

var errAborted = errors.New("aborted")

// Err reports whether the signal is aborted.
func (c signalContext) Err() error {
	aborted, err := c.realm.call(signalAborted, c.signal)
	if err == nil && Truth(aborted) {
		return errAborted
	}
	return nil
}

// AfterFunc calls f when the signal is aborted.
func (c signalContext) AfterFunc(f func()) (stop func()) {
	listener, err := NewCallback(func([]safejs.Value) any {
		go f() // which may have to wait, for whom the page has interrupted
		return nil
	})
	if err != nil {
		return func() {}
	}
	if c.Err() != nil { // whose event has been
		go f()
	}
	_, _ = c.realm.call(addListener, c.signal, "abort", listener.Value())
	return func() {
		_, _ = c.realm.call(removeListener, c.signal, "abort", listener.Value())
		listener.Release()
	}
}

// reason is what an aborted call rejects with.
func (c signalContext) reason() safejs.Value {
	reason, err := c.realm.call(signalReason, c.signal)
	if err != nil {
		return safejs.Undefined()
	}
	return reason
}
