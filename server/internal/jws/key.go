package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
)

// The algorithms that keys are for, RFC 7518 section 3.1 and RFC 8037.
const (
	ES256 = "ES256" // ECDSA on P-256
	EdDSA = "EdDSA" // Ed25519
	RS256 = "RS256" // RSA
)

// Key is what a signature is verified with.
type Key struct {
	Algorithm string // the only one that it verifies, RFC 8725 section 3.1
	Public    crypto.PublicKey
}

// RSA keys of other sizes are refused, in bits: smaller ones can be broken, and
// bigger ones cost time for nothing (RFC 7518 section 3.3, RFC 8725 section 3.5).
const minRSA, maxRSA = 2048, 8192

// Sound tells whether the key is one for its algorithm. One that says otherwise
// has been tampered with.
func (k Key) Sound() bool {
	switch key := k.Public.(type) {
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
