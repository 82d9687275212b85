package rotation

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

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

// claims is Token as a claim set. The fields are pointers to tell what is absent
// from what is zero.
type claims struct {
	SessionID  string `json:"sid"`
	Generation *int64 `json:"gen"`
	Nonce      string `json:"nonce"`

	jwt.RegisteredClaims `json:"-"` // for its methods: no registered claim is in the token
}

// minter makes refresh tokens and reads them back. It is immutable.
type minter struct {
	kid    string // names the key that mints
	keys   map[string][]byte
	parser *jwt.Parser
}

// newMinter derives one MAC key from each secret for this issuer.
func newMinter(secrets secret.Set, issuer string) (*minter, error) {
	m := &minter{
		kid: secrets.Primary().ID, keys: make(map[string][]byte),
		parser: jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation(),
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()})),
	}
	for key := range secrets.All() {
		mac, err := key.Derive("refresh token", issuer, 32)
		if err != nil {
			return nil, err
		}
		m.keys[key.ID] = mac.Reveal()
	}
	return m, nil
}

// mint makes the refresh token of a record's current generation.
func (m *minter) mint(rec Record) (secret.String, error) {
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256,
		claims{SessionID: rec.ID, Generation: &rec.Generation, Nonce: rec.Nonce})
	unsigned.Header["typ"], unsigned.Header["kid"] = mediaType, m.kid
	signed, err := unsigned.SignedString(m.keys[m.kid])
	if err != nil {
		return secret.String{}, fmt.Errorf("mint refresh token: %w", err)
	}
	return secret.New(signed), nil
}

// parse reads a token that one of our keys has signed; ErrMalformed otherwise.
// The error says no more than that: whoever forges tokens learns nothing.
func (m *minter) parse(raw string) (Token, error) {
	// base64 decoding skips line breaks; a token has none.
	if len(raw) > maxTokenSize || strings.ContainsAny(raw, "\r\n") {
		return Token{}, ErrMalformed
	}
	var c claims
	if _, err := m.parser.ParseWithClaims(raw, &c, m.verifier); err != nil {
		return Token{}, ErrMalformed
	}
	if c.SessionID == "" || c.Nonce == "" || c.Generation == nil || *c.Generation < 0 {
		return Token{}, ErrMalformed
	}
	return Token{SessionID: c.SessionID, Generation: *c.Generation, Nonce: c.Nonce}, nil
}

func (m *minter) verifier(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	key, known := m.keys[kid]
	if !known || t.Header["typ"] != mediaType {
		return nil, ErrMalformed
	}
	return key, nil
}

// newNonce and the session ids are at least 128 random bits, as text.
func newNonce() string { return rand.Text() }
