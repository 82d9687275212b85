// Package dpoptest makes proofs for tests, as a client does that has a key, and
// wrong ones, as none does; and checks that Replays keep their contract.
//
//	key := dpoptest.NewKey()
//	raw := key.Proof(dpoptest.Claims{"htm": "GET", "htu": url, "nonce": nonce, "ath": dpoptest.Hash(token)})
//
// Do not use it in a program: its keys are as public as the memory they are in.
package dpoptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"time"
)

// Key is a client's key. It is safe for concurrent use.
type Key struct {
	// Header is what a proof begins with; a test may change a clone of it.
	Header map[string]any
	signer crypto.Signer
}

// NewKey makes one for ES256, as a browser does.
func NewKey() *Key {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // which crypto/rand does itself, where there is no randomness
	}
	point, err := signer.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err) // the key is not of the curve that it was made for
	}
	return &Key{signer: signer, Header: map[string]any{
		"typ": "dpop+jwt", "alg": "ES256",
		"jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": Encode(point[1:33]), "y": Encode(point[33:])},
	}}
}

// NewEdKey makes one for EdDSA.
func NewEdKey() *Key {
	public, signer, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // as above
	}
	return &Key{signer: signer, Header: map[string]any{
		"typ": "dpop+jwt", "alg": "EdDSA",
		"jwk": map[string]any{"kty": "OKP", "crv": "Ed25519", "x": Encode(public)},
	}}
}

// With is the key with another header: a nil value takes a member out.
func (k *Key) With(changes map[string]any) *Key {
	return &Key{Header: merged(k.Header, changes), signer: k.signer}
}

// Thumbprint is what a token says that is bound to the key, RFC 7638.
func (k *Key) Thumbprint() string {
	members, err := json.Marshal(k.Header["jwk"]) // sorted, as section 3.3 asks
	if err != nil {
		panic(err) // it is made of texts
	}
	sum := sha256.Sum256(members)
	return Encode(sum[:])
}

// Claims are those of a proof. A nil value takes a claim out.
type Claims map[string]any

// Proof signs claims. What they lack is a new jti, and the present time for iat.
func (k *Key) Proof(claims Claims) string {
	header, err := json.Marshal(k.Header)
	if err != nil {
		panic(err) // a test has put something there that is not JSON
	}
	all := merged(map[string]any{"jti": rand.Text(), "iat": time.Now().Unix()}, claims)
	payload, err := json.Marshal(all)
	if err != nil {
		panic(err) // as above
	}
	return k.Sign(header, payload)
}

// Sign makes a JWS of any header and any payload.
func (k *Key) Sign(header, payload []byte) string {
	text := Encode(header) + "." + Encode(payload)
	if _, ed := k.signer.(ed25519.PrivateKey); ed {
		signature, err := k.signer.Sign(nil, []byte(text), crypto.Hash(0))
		if err != nil {
			panic(err) // Ed25519 signs everything
		}
		return text + "." + Encode(signature)
	}
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.signer.(*ecdsa.PrivateKey), sum[:])
	if err != nil {
		panic(err) // the key is sound
	}
	return text + "." + Encode(append(padded(r), padded(s)...))
}

// padded is half of a signature, RFC 7518 section 3.4.
func padded(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// Hash is the ath of an access token.
func Hash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return Encode(sum[:])
}

// Encode is base64url.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func merged(base map[string]any, changes map[string]any) map[string]any {
	all := maps.Clone(base)
	for name, value := range changes {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}
