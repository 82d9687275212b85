package token

import "github.com/authfetch/authfetch/server/internal/jws"

// OpenJWS checks the signature of a JWS as Verify does, and nothing else of it:
// the vectors of others are no access tokens.
func OpenJWS(raw string, find func(keyID string) (PublicKey, error)) ([]byte, error) {
	return jws.Open(raw, func(h jws.Header) (jws.Key, error) {
		key, err := find(h.KeyID)
		return key.jws(), err
	})
}

// RememberedTokens is genuineTokens.
const RememberedTokens = genuineTokens

// Remembered is how many tokens the verifier remembers.
func (v *Verifier) Remembered() int { return len(v.genuine.young) + len(v.genuine.old) }

// Remembers tells whether it does that one.
func (v *Verifier) Remembers(raw string) bool {
	_, found := v.genuine.recall(raw)
	return found
}
