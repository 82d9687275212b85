package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// key is one that was taken out of the victim's browser.
type key struct {
	private *ecdsa.PrivateKey
	public  map[string]string // as a JWK
}

// readKey reads a private JWK; nil where it is none.
func readKey(text string) *key {
	var jwk struct{ Kty, Crv, X, Y, D string }
	if json.Unmarshal([]byte(text), &jwk) != nil {
		return nil
	}
	d, err := base64.RawURLEncoding.DecodeString(jwk.D)
	if err != nil {
		return nil
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		return nil
	}
	return &key{private, map[string]string{"kty": jwk.Kty, "crv": jwk.Crv, "x": jwk.X, "y": jwk.Y}}
}

// prove makes a proof for the call that the thief makes, RFC 9449 section 4.2.
func (k *key) prove(base, token, nonce string) string {
	claims := map[string]any{
		"jti": rand.Text(), "htm": http.MethodGet, "htu": base + strings.TrimPrefix(wire.DefaultPrefix, "/") + wire.PathMe,
		"iat": time.Now().Unix(), "ath": athOf(token),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	text := part(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": k.public}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "" // which is no proof
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(append(fixed(r), fixed(s)...))
}

// fixed is the number in 32 bytes, RFC 7518 section 3.4.
func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

func part(value any) string {
	text, _ := json.Marshal(value) // strings and numbers always can be
	return base64.RawURLEncoding.EncodeToString(text)
}

// athOf is the hash by which a proof names its access token, RFC 9449 section 4.2.
func athOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
