//go:build js && wasm

package browser

import "github.com/authfetch/authfetch/wasm/internal/session"

// ticket is what has to be known of a call when its answer comes: the kind of its
// body and what it was sent with, but for the token. It is one number because each
// argument of a callback crosses to JavaScript and back by itself.
type ticket float64

// A number of JavaScript has 53 bits. Nobody gets through as many tokens or users
// in the life of a page.
const (
	bodyBits  = 2
	countBits = 25
)

func newTicket(kind body, pass session.Pass) ticket {
	return ticket(pass.User<<(countBits+bodyBits) | pass.Sequence<<bodyBits | uint64(kind))
}

func (t ticket) open() (kind body, pass session.Pass) {
	n := uint64(t)
	return body(n & (1<<bodyBits - 1)), session.Pass{
		Sequence: n >> bodyBits & (1<<countBits - 1),
		User:     n >> (countBits + bodyBits),
	}
}
