// Package secret holds what a server must never show: the secrets that refresh
// tokens and signing keys depend on, and tokens on their way to the client.
//
// A [Value] redacts itself wherever it might be printed: fmt, log/slog, JSON.
// A [Set] is the content of the server's secret file. It holds one or more
// keys, each with a key id: the first one mints, all of them verify, so that a
// secret can be replaced while tokens made with the old one are still about.
//
//	set, err := secret.ReadFile("data/secret")
//	if errors.Is(err, fs.ErrNotExist) {
//		set, err = secret.CreateFile("data/secret")
//	}
//	if err != nil {
//		return err
//	}
//	macKey, err := set.Primary().Derive("refresh token", issuer, 32)
//
// UpdateFile changes a set that is in use: Add a key and start every server with
// it; Use it and start them again, so that it mints; Remove the old one when no
// refresh token and no sealed value of it is left. The command "authfetchd secret"
// does that step by step, and knows when nothing is left.
//
// It is not a vault: the file lies in the clear on the server's disk, readable
// by its owner alone, and a Value does not wipe its memory. It is not for
// passwords either; those are hashed in package account.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every way of printing a Value yields.
const redacted = "[redacted]"

// Value keeps a secret out of logs, error texts and JSON. Its content leaves it
// through Reveal alone, a name that is easy to search for.
//
// The zero Value is empty. A Value is safe for concurrent use; the bytes of a
// Bytes are shared, not copied, and must not be changed. Values do not compare
// with ==; Equal does it.
type Value[T ~string | ~[]byte] struct {
	// A function, because fmt calls no methods on unexported fields of other
	// structs. It would print the content of anything else there, even behind a
	// pointer, where the verb does not suit.
	reveal func() T
}

// The two kinds of Value.
type (
	Bytes  = Value[[]byte]
	String = Value[string]
)

// New wraps v.
func New[T ~string | ~[]byte](v T) Value[T] { return Value[T]{reveal: func() T { return v }} }

// Reveal returns the secret itself, or nothing where the Value is zero.
func (s Value[T]) Reveal() T {
	if s.reveal == nil {
		var empty T
		return empty
	}
	return s.reveal()
}

// IsZero tells whether the secret is empty.
func (s Value[T]) IsZero() bool { return len(s.Reveal()) == 0 }

// Equal compares two secrets in a time that depends on their lengths only.
func (s Value[T]) Equal(other Value[T]) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String redacts.
func (s Value[T]) String() string { return redacted }

// GoString redacts, for %#v.
func (s Value[T]) GoString() string { return redacted }

// Format redacts under every verb: without it, %d and %x would print the bytes.
func (s Value[T]) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue redacts, for log/slog.
func (s Value[T]) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts, for encoding/json and whatever else writes text.
func (s Value[T]) MarshalText() ([]byte, error) { return []byte(redacted), nil }
