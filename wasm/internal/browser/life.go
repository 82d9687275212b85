//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// OnLife calls wake whenever the page comes to life again, for as long as the module
// runs: when it is shown, restored from the back/forward cache, or has a network
// again. rest is called before the page goes into that cache, where whatever it holds
// on to could keep it out.
//
// They are called before the page's own listeners, which may make calls.
func (r *Realm) OnLife(wake, rest func()) error {
	document := r.path("document")
	shown := func() {
		// It is hidden after pagehide, which must not wake it.
		if Text(r.Property(document, "visibilityState")) == "visible" {
			wake()
		}
	}
	first := r.record("capture", true)
	for _, event := range []struct {
		name   string
		target safejs.Value
		f      func()
	}{
		{"pageshow", r.global, wake},
		{"online", r.global, wake},
		{"visibilitychange", document, shown},
		{"pagehide", r.global, rest},
	} {
		if event.target.IsUndefined() {
			continue // a worker has no document
		}
		callback, err := NewCallback(func([]safejs.Value) any {
			go event.f() // which may have to wait, for whom the page has interrupted
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := r.call(addListener, event.target, event.name, callback.Value(), first); err != nil {
			return err
		}
	}
	return nil
}
