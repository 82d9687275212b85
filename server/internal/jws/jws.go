// Package jws opens JSON Web Signatures, RFC 7515, and reads the keys that they
// are verified with: for access tokens (package token) and for proofs (package
// dpop), which differ in who names the key.
//
//	payload, err := jws.Open(raw, func(h jws.Header) (jws.Key, error) {
//		if h.MediaType != "at+jwt" {
//			return jws.Key{}, errors.New("not an access token")
//		}
//		return keys.Lookup(h.KeyID)
//	})
//
// It makes no signatures, and knows nothing of claims.
package jws

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// MaxSize is the longest JWS that is looked at, in bytes. It leaves room for
// application claims and keeps parsing cheap.
const MaxSize = 8 << 10

// Why a JWS is refused. The texts may be logged, and quote nothing.
var (
	ErrTooLong   = errors.New("longer than 8 KiB")
	ErrMalformed = errors.New("malformed")
	ErrCritical  = errors.New("unknown critical header")
	ErrAlgorithm = errors.New("algorithm of another key")
	ErrSignature = errors.New("wrong signature")
)

// Header is what counts of a JWS header. What else it may offer (jku, x5u, x5c) is
// the sender's word, and is not read: RFC 8725 section 3.10.
type Header struct {
	Algorithm, MediaType, KeyID string
	// JWK is the sender's word too. It is for proofs, whose sender has to be known
	// by nothing else; whoever verifies anything else must not look at it.
	JWK json.RawMessage
}

// Open checks the signature of a JWS in compact serialization and returns its
// payload, RFC 7515 section 5.2. Nothing is read of the payload before its
// signature is known to be good.
//
// The key that find names decides on the algorithm, RFC 8725 section 3.1: the
// header can only agree with it.
func Open(raw string, find func(Header) (Key, error)) ([]byte, error) {
	if len(raw) > MaxSize {
		return nil, ErrTooLong
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = Decode(part); err != nil {
			return nil, ErrMalformed
		}
	}
	header, err := parseHeader(decoded[0])
	if err != nil {
		return nil, err
	}
	key, err := find(header)
	if err != nil {
		return nil, err
	}
	if !key.Sound() || header.Algorithm != key.Algorithm {
		return nil, ErrAlgorithm
	}
	signed := raw[:len(parts[0])+1+len(parts[1])]
	if jwt.GetSigningMethod(key.Algorithm).Verify(signed, decoded[2], key.Public) != nil {
		return nil, ErrSignature
	}
	return decoded[1], nil
}

func parseHeader(text []byte) (Header, error) {
	// encoding/json puts up with other encodings; RFC 8725 section 3.7 does not.
	// A map keeps "kid" and "KID" apart, which a struct would not.
	var members map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &members) != nil {
		return Header{}, ErrMalformed
	}
	// We know no extension, so that whatever is critical is unknown to us:
	// RFC 7515 section 4.1.11.
	if _, critical := members["crit"]; critical {
		return Header{}, ErrCritical
	}
	h := Header{JWK: members["jwk"]}
	for name, member := range map[string]*string{"alg": &h.Algorithm, "typ": &h.MediaType, "kid": &h.KeyID} {
		if json.Unmarshal(members[name], member) != nil {
			*member = "" // what is no text counts as missing
		}
	}
	return h, nil
}

// strict refuses the texts of which several decode to the same bytes, so that a
// token cannot be changed without becoming invalid.
var strict = base64.RawURLEncoding.Strict()

// Decode reads base64url without padding, RFC 7515 section 2.
func Decode(text string) ([]byte, error) {
	// Decoding skips line breaks; a token has none.
	if strings.ContainsAny(text, "\r\n") {
		return nil, ErrMalformed
	}
	return strict.DecodeString(text)
}

// Encode is the other way.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
