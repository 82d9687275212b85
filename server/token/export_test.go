package token

// OpenJWS checks the signature of a JWS as Verify does, and nothing else of it:
// the vectors of others are no access tokens.
func OpenJWS(raw string, find func(keyID string) (PublicKey, error)) ([]byte, error) {
	return openJWS(raw, func(h jwsHeader) (PublicKey, error) { return find(h.keyID) })
}
