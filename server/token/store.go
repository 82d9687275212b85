package token

import (
	"bytes"
	"context"
	"time"
)

// KeyStore keeps the signing keys where every node finds them. There are few of
// them, and they change seldom.
//
// Keys form a chain: each names the key that it follows, the first one names
// none, or one that has been removed. An implementation is safe for concurrent
// use, also by several processes.
type KeyStore interface {
	// SigningKeys returns all keys in the order of the chain, the oldest first.
	SigningKeys(ctx context.Context) ([]StoredKey, error)

	// ReplaceSigningKeys stores after in the place of before and reports true. It
	// reports false, and changes nothing, where the keys are not exactly before
	// any more: of several nodes that change them at the same moment exactly one
	// succeeds, and the others read what it made of them.
	ReplaceSigningKeys(ctx context.Context, before, after []StoredKey) (bool, error)
}

// StoredKey is a signing key as the database has it.
type StoredKey struct {
	ID        string    // key id: the RFC 7638 thumbprint
	Follows   string    // key id of the predecessor; empty for the first key
	Algorithm Algorithm // what the key signs with
	CreatedAt time.Time // when it was made, and from when on it is published

	// Sealed is sealed with a server secret: PKCS #8 (DER) of the key pair, later,
	// when the key signs no more, PKIX of its public half; nothing once it is
	// revoked.
	Sealed []byte

	ActiveFrom time.Time // from when on it signs, until a later key does
	RevokedAt  time.Time // zero: it is not
}

// Equal tells whether two stored keys are the same in all respects.
func (k StoredKey) Equal(other StoredKey) bool {
	return k.ID == other.ID && k.Follows == other.Follows && k.Algorithm == other.Algorithm &&
		bytes.Equal(k.Sealed, other.Sealed) && k.CreatedAt.Equal(other.CreatedAt) &&
		k.ActiveFrom.Equal(other.ActiveFrom) && k.RevokedAt.Equal(other.RevokedAt)
}

func (k StoredKey) revoked() bool { return !k.RevokedAt.IsZero() }
