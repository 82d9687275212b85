package dpop

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/authfetch/authfetch/server/internal/jws"
)

// mediaType is the typ header of a proof, RFC 9449 section 4.2.
const mediaType = "dpop+jwt"

// clockError is how wrong a client's clock may be. The nonce says how old a proof
// is; iat has nothing to add to it, and a wrong clock must sign nobody out.
const clockError = 24 * time.Hour

// Request is what a proof has to be for.
type Request struct {
	Method string
	// URIs are the addresses that it may be for, with scheme and host as the client
	// sees them; query and fragment do not count.
	URIs []string
	// AccessToken is what came along and is asked for: ath has to be its hash.
	// Empty: none is asked for, and ath does not count.
	AccessToken string
}

// Proof is a proof that is good but for one thing: whether it was used before.
type Proof struct {
	Thumbprint string // of the key, RFC 7638 with SHA-256: what cnf.jkt has (RFC 9449 section 6.1)
	Stale      bool   // the nonce counts no longer than the current one does: send a new one

	id    ID
	until time.Time // after which its nonce does not count anywhere
}

// ID stands for a proof among those that were used. It is a hash, so that the size
// of what is kept is not for clients to choose (section 11.1), and covers the key,
// so that nobody can use up the proofs of somebody else.
type ID [sha256.Size]byte

// claims are those of a proof. The fields are pointers to tell what is absent, or
// of another type, from what is empty.
type claims struct {
	id, method, uri, nonce, accessHash *string
	issuedAt                           *float64
}

// parse is section 4.3, but for what depends on other requests: that there is one
// header (check 1), that the key is the token's (12b), and that it was not used
// before (section 11.1).
func parse(raw string, request Request, nonces *Nonces, now time.Time) (Proof, error) {
	proof, nonce, err := open(raw, request, now)
	if err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	// Checks 10 and 11. The nonce comes last, so that a client which is told to
	// take a new one has nothing else to mend.
	if nonce == nil {
		return Proof{}, ErrNonce
	}
	slot, stale, ok := nonces.check(*nonce, now)
	if !ok {
		return Proof{}, ErrNonce
	}
	proof.Stale, proof.until = stale, slotEnd(slot)
	return proof, nil
}

// open is everything but the nonce, which it returns.
func open(raw string, request Request, now time.Time) (Proof, *string, error) {
	var key jws.JWK
	// Checks 2, 4 to 7.
	text, err := jws.Open(raw, func(h jws.Header) (_ jws.Key, err error) {
		if h.MediaType != mediaType {
			return jws.Key{}, errors.New("not of the type " + mediaType)
		}
		var public jws.Key
		key, public, err = parseKey(h.JWK)
		return public, err
	})
	if err != nil {
		return Proof{}, nil, err
	}
	c, err := parseClaims(text)
	if err != nil {
		return Proof{}, nil, err
	}
	if err := c.check(request, now); err != nil {
		return Proof{}, nil, err
	}
	thumbprint := key.Thumbprint()
	return Proof{Thumbprint: thumbprint, id: sha256.Sum256([]byte(thumbprint + "." + *c.id))}, c.nonce, nil
}

// parseKey reads the header jwk, which has to be a public key: checks 5 and 7.
func parseKey(text json.RawMessage) (jws.JWK, jws.Key, error) {
	var use struct {
		Algorithm  string   `json:"alg"`
		Use        string   `json:"use"`
		Operations []string `json:"key_ops"`
	}
	var key jws.JWK
	switch {
	case text == nil:
		return key, jws.Key{}, errors.New("no key")
	case jws.HasSecret(text):
		return key, jws.Key{}, errors.New("the key is not public")
	case json.Unmarshal(text, &key) != nil, json.Unmarshal(text, &use) != nil:
		return key, jws.Key{}, jws.ErrUnusable
	}
	public, err := key.Key()
	switch {
	case err != nil:
		return key, jws.Key{}, err
	case public.Algorithm != jws.ES256 && public.Algorithm != jws.EdDSA:
		return key, jws.Key{}, errors.New("a key for none of " + Algorithms)
	case use.Algorithm != "" && use.Algorithm != public.Algorithm, !jws.Verifies(use.Use, use.Operations):
		return key, jws.Key{}, errors.New("a key for something else")
	}
	return key, public, nil
}

// parseClaims wants those that section 4.2 requires: check 3.
func parseClaims(text []byte) (claims, error) {
	var members map[string]json.RawMessage // a struct would take "HTM" for "htm"
	if !utf8.Valid(text) || json.Unmarshal(text, &members) != nil {
		return claims{}, jws.ErrMalformed
	}
	var c claims
	for name, claim := range map[string]any{
		"jti": &c.id, "htm": &c.method, "htu": &c.uri, "iat": &c.issuedAt, "nonce": &c.nonce, "ath": &c.accessHash,
	} {
		if member, given := members[name]; given && json.Unmarshal(member, claim) != nil {
			return claims{}, errors.New(name + " is of another type")
		}
	}
	if c.id == nil || *c.id == "" || c.method == nil || c.uri == nil || c.issuedAt == nil {
		return claims{}, errors.New("claims are missing")
	}
	return c, nil
}

// check compares them to the request: checks 8, 9, 11 and 12a.
func (c claims) check(request Request, now time.Time) error {
	if *c.method != request.Method { // which is case-sensitive, RFC 9110 section 9.1
		return errors.New("for another method")
	}
	if !slices.ContainsFunc(request.URIs, func(uri string) bool { return same(*c.uri, uri) }) {
		return errors.New("for another address")
	}
	if age := float64(now.Unix()) - *c.issuedAt; age > clockError.Seconds() || -age > clockError.Seconds() {
		return errors.New("made on another day")
	}
	if request.AccessToken == "" {
		return nil
	}
	if c.accessHash == nil || !matches(*c.accessHash, request.AccessToken) {
		return errors.New("for another access token")
	}
	return nil
}

// matches tells whether the ath is that of the access token, section 4.2.
func matches(hash, accessToken string) bool {
	sum := sha256.Sum256([]byte(accessToken))
	return subtle.ConstantTimeCompare([]byte(hash), []byte(jws.Encode(sum[:]))) == 1
}
