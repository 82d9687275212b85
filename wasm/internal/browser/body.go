//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// body is what becomes of a request's body when the request is sent.
type body int

const (
	// noBody: there is none, and the request can be sent again as it is.
	noBody body = iota
	// constantBody: a string or a Blob, which nobody can change. It is used up,
	// and put in again for the next time.
	constantBody
	// clonedBody: anything else. A clone of the request is sent, because only the
	// first extraction of a FormData has the boundary that its header names, and
	// an ArrayBuffer may have been written to since.
	clonedBody
	// oneShotBody: a stream. To send it twice would mean to keep all of it.
	oneShotBody
)

// bodyOf tells what kind of body fetch's init has; content is the body itself
// where it is constant. A request of another method than GET or HEAD that was not
// made of a string may have one of its own.
func (r *Realm) bodyOf(request, init safejs.Value) (kind body, content safejs.Value) {
	method, err := r.call(requestMethod, request)
	if err == nil && (method.Equal(r.texts.get) || method.Equal(r.texts.head)) {
		return noBody, safejs.Undefined()
	}
	if TypeOf(init) != safejs.TypeObject {
		return clonedBody, safejs.Undefined()
	}
	given, err := r.Read(init, "body")
	switch {
	case err != nil || r.is(given, readableStream):
		return oneShotBody, safejs.Undefined()
	case TypeOf(given) == safejs.TypeString || r.is(given, blob):
		return constantBody, given
	default:
		return clonedBody, safejs.Undefined()
	}
}

// is reports whether v inherits from the prototype, as instanceof does where
// nobody has changed it.
func (r *Realm) is(v safejs.Value, prototype native) bool {
	is, err := r.call(isPrototypeOf, r.natives[prototype], v)
	return err == nil && Truth(is)
}

// again is the init that puts a constant body in once more. Any init makes a new
// Request forget where the one that it is made from says that it comes from
// (Fetch, the constructor of Request, step 13).
func (r *Realm) again(request, content safejs.Value) safejs.Value {
	init := r.record("body", content)
	for _, kept := range []struct {
		name   string
		getter native
	}{{"referrer", requestReferrer}, {"referrerPolicy", requestReferrerPolicy}} {
		if v, err := r.call(kept.getter, request); err == nil {
			_ = init.Set(kept.name, v)
		}
	}
	return init
}
