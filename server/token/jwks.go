package token

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/authfetch/authfetch/server/internal/jws"
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
		if jws.HasSecret(text) {
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

// errUnusable: a JWK that is for something else, or broken.
var errUnusable = errors.New("unusable")

// publicKey is what the JWK says, if it is a key to verify signatures with.
func (j JWK) publicKey() (PublicKey, error) {
	if j.KeyID == "" || !jws.Verifies(j.Use, j.Operations) {
		return PublicKey{}, errUnusable
	}
	members := jws.JWK{KeyType: j.KeyType, Curve: j.Curve, X: j.X, Y: j.Y, N: j.N, E: j.E}
	key, err := members.Key()
	if err != nil || (j.Algorithm != "" && string(j.Algorithm) != key.Algorithm) {
		return PublicKey{}, errUnusable
	}
	return PublicKey{ID: j.KeyID, Algorithm: Algorithm(key.Algorithm), Key: key.Public}, nil
}
