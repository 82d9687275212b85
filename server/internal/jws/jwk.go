package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ErrUnusable: a JWK of an unknown kind, or broken.
var ErrUnusable = errors.New("unusable key")

// JWK has the members of a public key that make the key, RFC 7518 section 6 and
// RFC 8037 section 2. What they are for, and who calls it what, is no part of it.
type JWK struct {
	KeyType string `json:"kty"`
	Curve   string `json:"crv"` // EC and OKP
	X       string `json:"x"`   // EC and OKP
	Y       string `json:"y"`   // EC
	N       string `json:"n"`   // RSA
	E       string `json:"e"`   // RSA
}

// NewJWK encodes a public key.
func NewJWK(public crypto.PublicKey) (JWK, error) {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x, y: SEC 1 section 2.3.3
		if err != nil {
			return JWK{}, fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		half := (len(point) - 1) / 2
		return JWK{KeyType: "EC", Curve: "P-256", X: Encode(point[1 : 1+half]), Y: Encode(point[1+half:])}, nil
	case ed25519.PublicKey:
		return JWK{KeyType: "OKP", Curve: "Ed25519", X: Encode(key)}, nil
	case *rsa.PublicKey:
		return JWK{KeyType: "RSA", N: Encode(key.N.Bytes()), E: Encode(big.NewInt(int64(key.E)).Bytes())}, nil
	default:
		return JWK{}, fmt.Errorf("%w: a %T", ErrUnusable, public)
	}
}

// Thumbprint is RFC 7638 section 3 with SHA-256, in base64url.
func (j JWK) Thumbprint() string {
	required := []string{"kty", j.KeyType} // the members that count, in the order of section 3.2
	switch j.KeyType {
	case "EC":
		required = []string{"crv", j.Curve, "kty", j.KeyType, "x", j.X, "y", j.Y}
	case "OKP":
		required = []string{"crv", j.Curve, "kty", j.KeyType, "x", j.X}
	case "RSA":
		required = []string{"e", j.E, "kty", j.KeyType, "n", j.N}
	}
	canonical := []byte{'{'}
	for i := 0; i < len(required); i += 2 {
		// Names and values of a key that Key has read need no escaping.
		canonical = fmt.Appendf(canonical, "%q:%q,", required[i], required[i+1])
	}
	canonical[len(canonical)-1] = '}'
	sum := sha256.Sum256(canonical)
	return Encode(sum[:])
}

// Key is the key that the members make, for the one algorithm that we use such
// keys for. The error is ErrUnusable.
func (j JWK) Key() (key Key, err error) {
	switch j.KeyType + " " + j.Curve {
	case "EC P-256":
		key.Algorithm = ES256
		key.Public, err = j.point()
	case "OKP Ed25519":
		key.Algorithm = EdDSA
		var x []byte
		x, err = Decode(j.X)
		key.Public = ed25519.PublicKey(x)
	case "RSA ":
		key.Algorithm = RS256
		key.Public, err = j.modulus()
	default:
		err = ErrUnusable
	}
	if err != nil || !key.Sound() {
		return Key{}, ErrUnusable
	}
	return key, nil
}

// point wants a point of the curve, RFC 7518 section 6.2.1, RFC 8725 section 3.4.
func (j JWK) point() (crypto.PublicKey, error) {
	const size = 32
	x, err := Decode(j.X)
	y, err2 := Decode(j.Y)
	if err != nil || err2 != nil || len(x) != size || len(y) != size {
		return nil, ErrUnusable
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
}

// modulus reads an RSA key, RFC 7518 section 6.3.1; Sound judges it.
func (j JWK) modulus() (crypto.PublicKey, error) {
	n, err := Decode(j.N)
	e, err2 := Decode(j.E)
	if err != nil || err2 != nil || len(n) > maxRSA/8 || len(e) > 4 {
		return nil, ErrUnusable
	}
	exponent := new(big.Int).SetBytes(e).Int64()
	if exponent > 1<<31-1 {
		return nil, ErrUnusable
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
}

// HasSecret tells whether a JWK has a member of a private or symmetric key,
// RFC 7518 section 6.
func HasSecret(jwk []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(jwk, &members) != nil {
		return false // it is not used either
	}
	return slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}, func(name string) bool {
		_, has := members[name]
		return has
	})
}

// Verifies tells whether a key may be used to verify signatures, by what its "use"
// and "key_ops" say, RFC 7517 sections 4.2 and 4.3.
func Verifies(use string, operations []string) bool {
	return (use == "" || use == "sig") && (operations == nil || slices.Contains(operations, "verify"))
}
