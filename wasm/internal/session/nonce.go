package session

import (
	"strings"

	"github.com/authfetch/authfetch/server/wire"
)

// A proof of the key that the tokens are bound to has to hold a nonce of the server's
// (RFC 9449 sections 8 and 9), and whoever makes the proofs takes it from the answer
// that asks for it. So the same again is all it takes: neither the token nor the
// session has anything to do with it.

// wantsNonce reports whether the nonce is what a refusal is about.
func (a Answer) wantsNonce() bool { return strings.Contains(a.Challenge, wire.ChallengeUseDPoPNonce) }

// proven asks an auth endpoint, and once more if it wants a nonce.
func (m *Manager) proven(ask func() (Grant, error)) (Grant, error) {
	grant, err := ask()
	if err != nil && asError(err).Code == wire.UseDPoPNonce {
		m.say(nil, 0, provenAgain)
		return ask()
	}
	return grant, err
}
