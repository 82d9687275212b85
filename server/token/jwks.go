package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ParseJWKS reads the public keys of an issuer, RFC 7517 section 5. As that asks,
// it leaves out keys that are of no use here: for something else than signatures,
// of unknown kinds, too weak, or broken.
//
// The error wraps ErrKey, where the text is no such document, no key of it can be
// used, two keys have one id, or a key is not public: then somebody has published
// a secret, and nothing that is signed with it means anything.
func ParseJWKS(document []byte) (KeySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &raw); err != nil {
		return nil, fmt.Errorf("%w: not a JWKS document", ErrKey)
	}
	set := make(KeySet)
	for _, text := range raw.Keys {
		if hasSecret(text) {
			return nil, fmt.Errorf("%w: the JWKS document holds a key that is not public", ErrKey)
		}
		var jwk JWK
		if json.Unmarshal(text, &jwk) != nil {
			continue
		}
		key, err := jwk.publicKey()
		if err != nil {
			continue
		}
		if _, twice := set[key.ID]; twice {
			return nil, fmt.Errorf("%w: two keys of the JWKS document have one id", ErrKey)
		}
		set[key.ID] = key
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("%w: the JWKS document has none that can be used", ErrKey)
	}
	return set, nil
}

// hasSecret tells whether a JWK has a member of a private or symmetric key,
// RFC 7518 section 6.
func hasSecret(jwk []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(jwk, &members) != nil {
		return false // it is not used either
	}
	return slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}, func(name string) bool {
		_, has := members[name]
		return has
	})
}

// errUnusable: a JWK that is for something else, or broken.
var errUnusable = errors.New("unusable")

// publicKey is what the JWK says, if it is a key to verify signatures with.
func (j JWK) publicKey() (PublicKey, error) {
	verifies := (j.Use == "" || j.Use == "sig") && (j.Operations == nil || slices.Contains(j.Operations, "verify"))
	if j.KeyID == "" || !verifies {
		return PublicKey{}, errUnusable
	}
	key := PublicKey{ID: j.KeyID, Algorithm: j.Algorithm}
	var kind Algorithm // the one algorithm that we use such keys for
	var err error
	switch j.KeyType + " " + j.Curve {
	case "EC P-256":
		kind = ES256
		key.Key, err = j.point()
	case "OKP Ed25519":
		kind = EdDSA
		var x []byte
		x, err = decode(j.X)
		key.Key = ed25519.PublicKey(x)
	case "RSA ":
		kind = RS256
		key.Key, err = j.modulus()
	default:
		err = errUnusable
	}
	if key.Algorithm == "" {
		key.Algorithm = kind
	}
	if err != nil || key.Algorithm != kind || !key.sound() {
		return PublicKey{}, errUnusable
	}
	return key, nil
}

// point wants a point of the curve, RFC 7518 section 6.2.1, RFC 8725 section 3.4.
func (j JWK) point() (crypto.PublicKey, error) {
	const size = 32
	x, err := decode(j.X)
	y, err2 := decode(j.Y)
	if err != nil || err2 != nil || len(x) != size || len(y) != size {
		return nil, errUnusable
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
}

// modulus reads an RSA key, RFC 7518 section 6.3.1; sound judges it.
func (j JWK) modulus() (crypto.PublicKey, error) {
	n, err := decode(j.N)
	e, err2 := decode(j.E)
	if err != nil || err2 != nil || len(n) > maxRSA/8 || len(e) > 4 {
		return nil, errUnusable
	}
	exponent := new(big.Int).SetBytes(e).Int64()
	if exponent > 1<<31-1 {
		return nil, errUnusable
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
}
