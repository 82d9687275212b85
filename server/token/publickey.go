package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
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

// RSA keys of other sizes are refused, in bits: smaller ones can be broken, and
// bigger ones cost time for nothing (RFC 7518 section 3.3, RFC 8725 section 3.5).
const minRSA, maxRSA = 2048, 8192

// sound tells whether the key is one for its algorithm. One that says otherwise
// has been tampered with.
func (k PublicKey) sound() bool {
	switch key := k.Key.(type) {
	case *ecdsa.PublicKey:
		return k.Algorithm == ES256 && key.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return k.Algorithm == EdDSA && len(key) == ed25519.PublicKeySize
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return k.Algorithm == RS256 && minRSA <= bits && bits <= maxRSA && key.E >= 3 && key.E%2 == 1
	default:
		return false
	}
}
