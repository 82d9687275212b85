package secret

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
)

// keySize is the size of a server secret in bytes: 256 bits, as much as any key
// that is derived from it.
const keySize = 32

// Key is one server secret with its key id. It is never used itself; what is
// used is derived from it, one key for each purpose.
type Key struct {
	ID    string // names the secret in tokens and sealed values; not secret
	value Bytes
}

// Derive makes a key of size bytes for one purpose and one issuer, by
// HKDF-SHA256 (RFC 5869). Another purpose or another issuer gives an unrelated
// key, so that a token of one deployment means nothing to another, even where
// both run with the same secret file. The zero Key derives nothing: ErrNoKey.
func (k Key) Derive(purpose, issuer string, size int) (Bytes, error) {
	if k.value.IsZero() {
		return Bytes{}, ErrNoKey
	}
	// The length of the purpose keeps ("ab", "c") and ("a", "bc") apart.
	info := "authfetch\x00" + strconv.Itoa(len(purpose)) + "\x00" + purpose + issuer
	key, err := hkdf.Key(sha256.New, k.value.Reveal(), nil, info, size)
	if err != nil {
		return Bytes{}, fmt.Errorf("derive a key for %s: %w", purpose, err)
	}
	return New(key), nil
}

// check is a public value that only this key makes. It tells two secrets apart
// and gives nothing away.
func (k Key) check() (string, error) {
	sum, err := k.Derive("check value", "", 16)
	if err != nil {
		return "", err
	}
	return k.ID + ":" + base64.RawURLEncoding.EncodeToString(sum.Reveal()), nil
}
