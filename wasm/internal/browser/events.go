//go:build js && wasm

package browser

import (
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Dispatcher sends events to an EventTarget of the page. A listener that throws
// is reported as the platform does, and disturbs nobody.
type Dispatcher struct {
	realm  *Realm
	target safejs.Value
}

// NewDispatcher returns a dispatcher for target, or for an EventTarget of its
// own where target is undefined.
func (r *Realm) NewDispatcher(target safejs.Value) (Dispatcher, error) {
	if TypeOf(target) == safejs.TypeObject {
		return Dispatcher{r, target}, nil
	}
	target, err := r.construct(newEventTarget)
	return Dispatcher{r, target}, err
}

// Dispatch sends a CustomEvent with the given detail.
func (d Dispatcher) Dispatch(name string, detail safejs.Value) {
	event, err := d.realm.construct(newCustomEvent, name, d.realm.record("detail", detail))
	if err == nil {
		_, _ = d.realm.call(dispatchEvent, d.target, event)
	}
}

// Methods returns addEventListener, removeEventListener and dispatchEvent, bound
// to the target.
func (d Dispatcher) Methods() (add, remove, dispatch safejs.Value, err error) {
	for _, method := range []struct {
		native native
		into   *safejs.Value
	}{{addListener, &add}, {removeListener, &remove}, {dispatchEvent, &dispatch}} {
		// It is uncurried: its first argument is the receiver.
		*method.into, err = d.realm.call(bind, d.realm.natives[method.native], safejs.Undefined(), d.target)
		if err != nil {
			break
		}
	}
	return add, remove, dispatch, err
}

// Date makes a Date; null for the zero time.
func (r *Realm) Date(t session.Wall) safejs.Value {
	if t == 0 {
		return safejs.Null()
	}
	date, err := r.construct(newDate, time.Duration(t).Milliseconds())
	if err != nil {
		return safejs.Null()
	}
	return date
}
