package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/internal/jws"
)

// Algorithm is a JWS algorithm of RFC 7518 section 3.1 or RFC 8037. The zero
// Algorithm stands for ES256.
type Algorithm string

// The algorithms that signing keys are made for.
const (
	ES256 Algorithm = jws.ES256 // ECDSA on P-256; the default
	EdDSA Algorithm = jws.EdDSA // Ed25519
	RS256 Algorithm = jws.RS256 // RSA with 2048 bits, for verifiers that know nothing else
)

// ParseAlgorithm reads the name of an algorithm, exactly as in the list above.
// The empty name is ES256. The error wraps ErrConfig.
func ParseAlgorithm(name string) (Algorithm, error) {
	switch a := Algorithm(name); a {
	case "":
		return ES256, nil
	case ES256, EdDSA, RS256:
		return a, nil
	default:
		return "", fmt.Errorf("%w: unknown algorithm %q, want ES256, EdDSA or RS256", ErrConfig, name)
	}
}

func (a Algorithm) method() jwt.SigningMethod { return jwt.GetSigningMethod(string(a)) }

// generate makes a key pair.
func (a Algorithm) generate() (crypto.Signer, error) {
	switch a {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("%w: unknown algorithm %q", ErrKey, a)
	}
}
