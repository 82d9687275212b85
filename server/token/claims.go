package token

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims is what a verified access token says.
type Claims struct {
	Issuer     string    // iss
	UserID     string    // sub
	Audience   []string  // aud
	ID         string    // jti
	SessionID  string    // sid
	Generation int64     // gen, how often the session had been refreshed
	AuthTime   time.Time // auth_time, when the user signed in; UTC, whole seconds
	IssuedAt   time.Time // iat, UTC, whole seconds
	ExpiresAt  time.Time // exp, UTC, whole seconds
	// KeyThumbprint is cnf.jkt, RFC 9449 section 6.1: the key to which the token is
	// bound. Whoever takes such a token has to see a proof of that key, see package
	// dpop. Empty: a bearer token.
	KeyThumbprint string
	Extra         map[string]any // the application's own, as encoding/json decodes them; nil without any
}

// payload is the claim set as it is in the token.
type payload struct {
	Issuer       string           `json:"iss"`
	Subject      string           `json:"sub"`
	Audience     jwt.ClaimStrings `json:"aud"`
	ExpiresAt    *jwt.NumericDate `json:"exp"`
	IssuedAt     *jwt.NumericDate `json:"iat"`
	ID           string           `json:"jti"`
	SessionID    string           `json:"sid"`
	Generation   *int64           `json:"gen"`
	AuthTime     *jwt.NumericDate `json:"auth_time"`
	Confirmation *confirmation    `json:"cnf"`
	NotBefore    *jwt.NumericDate `json:"nbf"` // never written; obeyed all the same, RFC 7519 section 4.1.5

	extra map[string]any
}

// confirmation is the claim cnf, RFC 7800 section 3.1.
type confirmation struct {
	KeyThumbprint string `json:"jkt"` // RFC 9449 section 6.1
}

// confirm is that of a key; nil for none.
func confirm(keyThumbprint string) *confirmation {
	if keyThumbprint == "" {
		return nil
	}
	return &confirmation{keyThumbprint}
}

// reserved are the names that an application cannot use for claims of its own.
// Beside ours they are those that verifiers act upon.
var reserved = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "cnf"}

// CheckExtra refuses application claims that Mint would refuse: with an error
// that wraps ErrReservedClaim those that would shadow ours, and what is not JSON.
func CheckExtra(extra map[string]any) error {
	if len(extra) == 0 {
		return nil
	}
	for name := range extra {
		if slices.Contains(reserved, name) {
			return fmt.Errorf("%w: %q", ErrReservedClaim, name)
		}
	}
	if _, err := json.Marshal(extra); err != nil {
		return fmt.Errorf("application claims: %w", err)
	}
	return nil
}

// MarshalJSON puts the application's claims beside ours. The audience is a
// string where there is one, as most libraries expect.
func (p *payload) MarshalJSON() ([]byte, error) {
	all := maps.Clone(p.extra)
	if all == nil {
		all = make(map[string]any, len(reserved))
	}
	all["iss"], all["sub"], all["jti"] = p.Issuer, p.Subject, p.ID
	all["sid"], all["gen"] = p.SessionID, p.Generation
	all["exp"], all["iat"], all["auth_time"] = p.ExpiresAt, p.IssuedAt, p.AuthTime
	if p.Confirmation != nil {
		all["cnf"] = p.Confirmation
	}
	if all["aud"] = p.Audience; len(p.Audience) == 1 {
		all["aud"] = p.Audience[0]
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads our claims by their types and keeps the rest.
func (p *payload) UnmarshalJSON(text []byte) error {
	type plain payload // without methods, or this would call itself
	var own plain
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &own.extra); err != nil {
		return err
	}
	for _, name := range reserved {
		delete(own.extra, name)
	}
	*p = payload(own)
	return nil
}

// claims is what the payload says. It is called only after complete said yes.
func (p *payload) claims() Claims {
	c := Claims{
		Issuer: p.Issuer, UserID: p.Subject, Audience: p.Audience, ID: p.ID,
		SessionID: p.SessionID, Generation: *p.Generation,
		AuthTime: p.AuthTime.UTC(), IssuedAt: p.IssuedAt.UTC(), ExpiresAt: p.ExpiresAt.UTC(),
	}
	if p.Confirmation != nil {
		c.KeyThumbprint = p.Confirmation.KeyThumbprint
	}
	if len(p.extra) > 0 {
		c.Extra = p.extra
	}
	return c
}

// complete tells whether every claim that we always write is there. A token that
// is bound to something else than a key is none of ours, and must not be taken for
// one that is bound to nothing.
func (p *payload) complete() bool {
	return p.Subject != "" && p.ID != "" && p.SessionID != "" && p.Generation != nil && *p.Generation >= 0 &&
		p.AuthTime != nil && p.IssuedAt != nil && p.ExpiresAt != nil &&
		(p.Confirmation == nil || p.Confirmation.KeyThumbprint != "")
}

// The methods of jwt.Claims.

func (p *payload) GetExpirationTime() (*jwt.NumericDate, error) { return p.ExpiresAt, nil }
func (p *payload) GetIssuedAt() (*jwt.NumericDate, error)       { return p.IssuedAt, nil }
func (p *payload) GetNotBefore() (*jwt.NumericDate, error)      { return p.NotBefore, nil }
func (p *payload) GetIssuer() (string, error)                   { return p.Issuer, nil }
func (p *payload) GetSubject() (string, error)                  { return p.Subject, nil }
func (p *payload) GetAudience() (jwt.ClaimStrings, error)       { return p.Audience, nil }
