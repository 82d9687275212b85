package token

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/internal/jws"
)

// JWK is the public half of a signing key, RFC 7517 section 4. There is no field
// that a private half could get into.
type JWK struct {
	KeyType   string    `json:"kty"`
	Use       string    `json:"use"`
	Algorithm Algorithm `json:"alg"`
	KeyID     string    `json:"kid"`

	Operations []string `json:"key_ops,omitempty"` // of other issuers; ours says Use

	Curve string `json:"crv,omitempty"` // EC and OKP
	X     string `json:"x,omitempty"`   // EC and OKP
	Y     string `json:"y,omitempty"`   // EC
	N     string `json:"n,omitempty"`   // RSA
	E     string `json:"e,omitempty"`   // RSA
}

// JWKS is a set of keys, RFC 7517 section 5.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWKS is the document that other servers verify access tokens with: every key
// that has signed a token which may still be about, and those that will sign.
// Revoked keys are not in it. The error is that of a store that never could be
// read.
func (k *Keyring) JWKS(ctx context.Context) (JWKS, error) {
	keys, err := k.copied.Get(ctx)
	if err != nil {
		return JWKS{}, err
	}
	set := JWKS{Keys: make([]JWK, 0, len(keys))}
	for _, key := range keys {
		jwk, err := newJWK(key.public.Algorithm, key.public.Key)
		if err != nil {
			return JWKS{}, err
		}
		set.Keys = append(set.Keys, jwk)
	}
	return set, nil
}

// MaxAge is for how long others may keep the JWKS document. A new key is in it
// for the Publish time before it signs; half of that is for them, and what the
// nodes need to read a new key themselves is never theirs.
func (k *Keyring) MaxAge() time.Duration {
	publish := k.config.Publish
	return max(0, min(publish/2, publish-time.Minute)).Truncate(time.Second)
}

// newJWK encodes a public key; its key id is its thumbprint.
func newJWK(algorithm Algorithm, public crypto.PublicKey) (JWK, error) {
	key, err := jws.NewJWK(public)
	if err != nil {
		return JWK{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return JWK{
		Use: "sig", Algorithm: algorithm, KeyID: key.Thumbprint(),
		KeyType: key.KeyType, Curve: key.Curve, X: key.X, Y: key.Y, N: key.N, E: key.E,
	}, nil
}
