//go:build js && wasm

package browser

import (
	"errors"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// signalContext is an AbortSignal as a [session.Context]. It costs nothing until somebody
// waits for it: most calls never do.
type signalContext struct {
	realm  *Realm
	signal safejs.Value

	done     chan struct{}
	listener *Callback
}

var _ session.Context = (*signalContext)(nil)

var errAborted = errors.New("aborted")

// newSignalContext returns a context that is done when the signal is aborted.
// It is for one goroutine, which calls release when it is through.
func (r *Realm) newSignalContext(signal safejs.Value) *signalContext {
	return &signalContext{realm: r, signal: signal}
}

// Err reports whether the signal is aborted.
func (c *signalContext) Err() error {
	aborted, err := c.realm.call(signalAborted, c.signal)
	if err == nil && Truth(aborted) {
		return errAborted
	}
	return nil
}

// Done adds the listener when it is first called.
func (c *signalContext) Done() <-chan struct{} {
	if c.done != nil {
		return c.done
	}
	c.done = make(chan struct{})
	if c.Err() != nil {
		close(c.done)
		return c.done
	}
	listener, err := NewCallback(func([]safejs.Value) any {
		close(c.done)
		return nil
	})
	if err != nil {
		return c.done
	}
	c.listener = &listener
	_, _ = c.realm.call(addListener, c.signal, "abort", listener.Value(), c.realm.Object("once", true))
	return c.done
}

// reason is what an aborted call rejects with.
func (c *signalContext) reason() safejs.Value {
	reason, err := c.realm.call(signalReason, c.signal)
	if err != nil {
		return safejs.Undefined()
	}
	return reason
}

func (c *signalContext) release() {
	if c.listener != nil {
		_, _ = c.realm.call(removeListener, c.signal, "abort", c.listener.Value())
		c.listener.Release()
	}
}
