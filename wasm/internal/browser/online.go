//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// OnOnline calls f whenever the browser says that the network is back, for as
// long as the module runs.
func (r *Realm) OnOnline(f func()) error {
	callback, err := NewCallback(func([]safejs.Value) any {
		go f()
		return nil
	})
	if err != nil {
		return err
	}
	_, err = r.call(addListener, r.global, "online", callback.Value())
	return err
}
