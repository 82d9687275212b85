package rotation

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/internal/jws"
	"github.com/authfetch/authfetch/server/secret"
)

// Token is the content of a refresh token. It names a generation of a session
// and nothing else: nothing that changes from one minting to the next, so that
// the same row always gives the same token.
type Token struct {
	SessionID  string
	Generation int64
	Nonce      string
}

// mediaType is the typ header. It keeps a refresh token from being taken for any
// other JWT, RFC 8725 section 3.11.
const mediaType = "rt+jwt"

// maxTokenSize is the longest token that is looked at, in bytes. Ours are half
// of that.
const maxTokenSize = 512

// claims is Token as a claim set. Generation is a pointer to tell what is absent from
// what is zero.
type claims struct {
	SessionID  string `json:"sid"`
	Generation *int64 `json:"gen"`
	Nonce      string `json:"nonce"`
}

// method is HMAC with SHA-256, RFC 7518 section 3.2; it compares in constant time.
var method = jwt.SigningMethodHS256

// minter makes refresh tokens and reads them back. It is immutable.
type minter struct {
	header string            // that of the tokens that it makes, encoded
	keys   map[string][]byte // by the header of the tokens that they sign
}

// newMinter derives one MAC key from each secret for this issuer.
func newMinter(secrets secret.Set, issuer string) (*minter, error) {
	m := &minter{keys: make(map[string][]byte)}
	for key := range secrets.All() {
		mac, err := key.Derive("refresh token", issuer, 32)
		if err != nil {
			return nil, err
		}
		header, err := encodeJSON(map[string]string{"alg": method.Alg(), "kid": key.ID, "typ": mediaType})
		if err != nil {
			return nil, err
		}
		m.keys[header] = mac.Reveal()
		if key.ID == secrets.Primary().ID {
			m.header = header
		}
	}
	return m, nil
}

// mint makes the refresh token of a record's current generation.
func (m *minter) mint(rec Record) (secret.String, error) {
	payload, err := encodeJSON(claims{SessionID: rec.ID, Generation: &rec.Generation, Nonce: rec.Nonce})
	if err != nil {
		return secret.String{}, fmt.Errorf("mint refresh token: %w", err)
	}
	unsigned := m.header + "." + payload
	signature, err := method.Sign(unsigned, m.keys[m.header])
	if err != nil {
		return secret.String{}, fmt.Errorf("mint refresh token: %w", err)
	}
	return secret.New(unsigned + "." + jws.Encode(signature)), nil
}

// parse reads a token that one of our keys has signed; ErrMalformed otherwise.
// The error says no more than that: whoever forges tokens learns nothing.
//
// A header that is ours to the letter names its key, and agrees on the algorithm and
// the type. Any other one need not be understood, RFC 8725 section 3.1.
func (m *minter) parse(raw string) (Token, error) {
	if len(raw) > maxTokenSize {
		return Token{}, ErrMalformed
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, encoded, _ := strings.Cut(rest, ".")
	key, known := m.keys[header]
	signature, err := jws.Decode(encoded)
	if !known || err != nil || method.Verify(header+"."+payload, signature, key) != nil {
		return Token{}, ErrMalformed
	}
	var c claims
	if text, err := jws.Decode(payload); err != nil || json.Unmarshal(text, &c) != nil {
		return Token{}, ErrMalformed
	}
	if c.SessionID == "" || c.Nonce == "" || c.Generation == nil || *c.Generation < 0 {
		return Token{}, ErrMalformed
	}
	return Token{SessionID: c.SessionID, Generation: *c.Generation, Nonce: c.Nonce}, nil
}

// encodeJSON is a part of a JWS. The members of a map are sorted, so that the same
// content is the same text on every node.
func encodeJSON(content any) (string, error) {
	text, err := json.Marshal(content)
	return jws.Encode(text), err
}

// newNonce and the session ids are at least 128 random bits, as text.
func newNonce() string { return rand.Text() }
