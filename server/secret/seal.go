package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

// Seal encrypts plaintext with the minting key, by AES-256-GCM with a random
// nonce. Open gives it back to whoever has the set and names the same
// associated data, which says what the value is for and is not stored in it.
//
// The result is the key id, a zero byte, the nonce and the ciphertext.
func (s Set) Seal(plaintext Bytes, associated string) ([]byte, error) {
	key := s.Primary()
	aead, err := key.aead()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed := append([]byte(key.ID), 0)
	return aead.Seal(sealed, nil, plaintext.Reveal(), []byte(associated)), nil
}

// Open decrypts what Seal made, with whichever key of the set made it. The
// error wraps ErrSealed.
func (s Set) Open(sealed []byte, associated string) (Bytes, error) {
	id, ciphertext, _ := bytes.Cut(sealed, []byte{0})
	key, found := s.Lookup(string(id))
	if !found {
		return Bytes{}, fmt.Errorf("%w: no secret with its key id", ErrSealed)
	}
	aead, err := key.aead()
	if err != nil {
		return Bytes{}, fmt.Errorf("open: %w", err)
	}
	plaintext, err := aead.Open(nil, nil, ciphertext, []byte(associated))
	if err != nil {
		return Bytes{}, ErrSealed
	}
	return New(plaintext), nil
}

// aead is bound to no issuer: an issuer that changes its name keeps its keys.
func (k Key) aead() (cipher.AEAD, error) {
	key, err := k.Derive("sealing", "", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key.Reveal())
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// SealedBy is the id of the key that sealed a value. It is the value's own word:
// only Open tells whether it is true.
func SealedBy(sealed []byte) string {
	id, _, _ := bytes.Cut(sealed, []byte{0})
	return string(id)
}
