package token

import (
	"context"
	"time"
)

// KeyStore keeps the signing keys where every node finds them.
//
// Keys form a chain: each names the key that it follows, the first one names
// none. The newest key is the one that no other follows. An implementation is
// safe for concurrent use, also by several processes.
type KeyStore interface {
	// SigningKeys returns all keys, the oldest first.
	SigningKeys(ctx context.Context) ([]StoredKey, error)

	// AddSigningKey appends a key to the chain and reports true. It reports
	// false, and adds nothing, where the key named by key.Follows has a
	// successor already: of several nodes that add a key at the same moment
	// exactly one succeeds, and the others read what it added.
	AddSigningKey(ctx context.Context, key StoredKey) (bool, error)
}

// StoredKey is a signing key as the database has it.
type StoredKey struct {
	ID         string    // key id: the RFC 7638 thumbprint
	Follows    string    // key id of the predecessor; empty for the first key
	Algorithm  Algorithm // what the key signs with
	Private    []byte    // PKCS #8, DER, sealed with the server secret; the public part comes out of it
	CreatedAt  time.Time // when it was made, and from when on it is published
	ActiveFrom time.Time // from when on it signs, until its successor does
}
