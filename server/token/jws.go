package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxSize is the longest token that is looked at, in bytes. It leaves room for
// application claims and keeps parsing cheap.
const maxSize = 8 << 10

// Why a JWS is refused. The texts may be logged, and quote nothing.
var (
	errTooLong   = errors.New("longer than 8 KiB")
	errMalformed = errors.New("malformed")
	errCritical  = errors.New("unknown critical header")
	errAlgorithm = errors.New("algorithm of another key")
	errSignature = errors.New("wrong signature")
)

// jwsHeader is what counts of a JWS header. What else it may offer (jwk, jku, x5u,
// x5c) is the sender's word, and is not read: RFC 8725 section 3.10.
type jwsHeader struct{ algorithm, mediaType, keyID string }

// openJWS checks the signature of a JWS in compact serialization and returns its
// payload, RFC 7515 section 5.2. Nothing is read of the payload before its
// signature is known to be good.
//
// The key that find names decides on the algorithm, RFC 8725 section 3.1: the
// header can only agree with it.
func openJWS(raw string, find func(jwsHeader) (PublicKey, error)) ([]byte, error) {
	if len(raw) > maxSize {
		return nil, errTooLong
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, errMalformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = decode(part); err != nil {
			return nil, errMalformed
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
	if !key.sound() || header.algorithm != string(key.Algorithm) {
		return nil, errAlgorithm
	}
	signed := raw[:len(parts[0])+1+len(parts[1])]
	if key.Algorithm.method().Verify(signed, decoded[2], key.Key) != nil {
		return nil, errSignature
	}
	return decoded[1], nil
}

func parseHeader(text []byte) (jwsHeader, error) {
	// encoding/json puts up with other encodings; RFC 8725 section 3.7 does not.
	// A map keeps "kid" and "KID" apart, which a struct would not.
	var members map[string]any
	if !utf8.Valid(text) || json.Unmarshal(text, &members) != nil {
		return jwsHeader{}, errMalformed
	}
	// We know no extension, so that whatever is critical is unknown to us:
	// RFC 7515 section 4.1.11.
	if _, critical := members["crit"]; critical {
		return jwsHeader{}, errCritical
	}
	var h jwsHeader
	for name, member := range map[string]*string{"alg": &h.algorithm, "typ": &h.mediaType, "kid": &h.keyID} {
		*member, _ = members[name].(string) // what is no text counts as missing
	}
	return h, nil
}

// strict refuses the texts of which several decode to the same bytes, so that a
// token cannot be changed without becoming invalid.
var strict = base64.RawURLEncoding.Strict()

func decode(text string) ([]byte, error) {
	// Decoding skips line breaks; a token has none.
	if strings.ContainsAny(text, "\r\n") {
		return nil, errMalformed
	}
	return strict.DecodeString(text)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
