//go:build js && wasm

package browser

import (
	"errors"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Exceptions makes JavaScript exceptions of errors.
type Exceptions struct {
	realm *Realm
	class safejs.Value // AuthFetchError of the loader; undefined without one
}

// NewExceptions returns Exceptions that are of the given class, whose
// constructor takes (code, message, {cause, reason, retryAfter}), or plain
// Errors with these properties where class is undefined.
func (r *Realm) NewExceptions(class safejs.Value) Exceptions {
	return Exceptions{r, class}
}

// Of returns the exception for err: the page's own where err is one.
func (x Exceptions) Of(err error) safejs.Value {
	e, ok := errors.AsType[*session.Error](err)
	if !ok {
		if t, ok := errors.AsType[*Thrown](err); ok {
			return t.Value
		}
		e = &session.Error{Code: "internal", Cause: err}
	}
	details := x.realm.record()
	if e.Reason != "" {
		_ = details.Set("reason", string(e.Reason))
	}
	if e.RetryAfter > 0 {
		_ = details.Set("retryAfter", e.RetryAfter)
	}
	if t, ok := errors.AsType[*Thrown](e.Cause); ok {
		_ = details.Set("cause", t.Value)
	}
	message := "authFetch: " + e.Error()
	if x.class.Type() == safejs.TypeFunction {
		if v, err := x.class.New(string(e.Code), message, details); err == nil {
			return v
		}
	}
	return x.plain(string(e.Code), message, details)
}

func (x Exceptions) plain(code, message string, details safejs.Value) safejs.Value {
	v, err := x.realm.construct(newError, message)
	if err != nil {
		return safejs.Undefined()
	}
	_ = v.Set("name", "AuthFetchError")
	_ = v.Set("code", code)
	for _, name := range []string{"reason", "retryAfter", "cause"} {
		if detail := property(details, name); !detail.IsUndefined() {
			_ = v.Set(name, detail)
		}
	}
	return v
}

// TypeError returns the exception for a wrong argument.
func (r *Realm) TypeError(message string) safejs.Value {
	v, err := r.construct(newTypeError, message)
	if err != nil {
		return safejs.Undefined()
	}
	return v
}
