package token

import (
	"context"
	"crypto"
	"errors"

	"github.com/authfetch/authfetch/server/internal/jws"
)

// ErrUnknownKey: no key has that key id, or it has been revoked.
var ErrUnknownKey = errors.New("unknown key id")

// PublicKey is what access tokens are verified with.
type PublicKey struct {
	ID        string    // key id: what the kid header names
	Algorithm Algorithm // the only one that it verifies, RFC 8725 section 3.1
	Key       crypto.PublicKey
}

// KeySource finds the keys that tokens are verified with: a Keyring, or the keys
// of an issuer elsewhere, see package resource. It is safe for concurrent use.
type KeySource interface {
	// PublicKey returns the key with that id. The error wraps ErrUnknownKey where
	// there is none; any other one means that this could not be found out.
	PublicKey(ctx context.Context, id string) (PublicKey, error)
}

// KeySet is a KeySource that never changes.
type KeySet map[string]PublicKey

// PublicKey implements KeySource.
func (s KeySet) PublicKey(_ context.Context, id string) (PublicKey, error) {
	key, found := s[id]
	if !found {
		return PublicKey{}, ErrUnknownKey
	}
	return key, nil
}

// sound tells whether the key is one for its algorithm. One that says otherwise
// has been tampered with.
func (k PublicKey) sound() bool { return k.jws().Sound() }

// jws is the key without its id.
func (k PublicKey) jws() jws.Key { return jws.Key{Algorithm: string(k.Algorithm), Public: k.Key} }
