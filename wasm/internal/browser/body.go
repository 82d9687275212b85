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
	if init.Type() != safejs.TypeObject {
		return clonedBody, safejs.Undefined()
	}
	given, err := r.Read(init, "body")
	switch {
	case err != nil || r.is(given, readableStream):
		return oneShotBody, safejs.Undefined()
	case given.Type() == safejs.TypeString || r.is(given, blob):
		return constantBody, given
	default:
		return clonedBody, safejs.Undefined()
	}
}

// hasStream reports whether the body of fetch's init is a stream.
func (r *Realm) hasStream(init safejs.Value) bool {
	if init.Type() != safejs.TypeObject {
		return false
	}
	given, err := r.Read(init, "body")
	return err != nil || r.is(given, readableStream)
}

func (r *Realm) is(v safejs.Value, class native) bool {
	is, err := v.InstanceOf(r.natives[class])
	return err == nil && is
}
