package token

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/secret"
)

// Config says what an Authority mints and accepts.
type Config struct {
	// Issuer is the iss claim, an URL by which the server is known. Required.
	Issuer string
	// Audience is the aud claim. Zero: the issuer.
	Audience string
	// TTL is how long an access token lives, in whole seconds; what is left of
	// one is cut off. Zero: DefaultTTL. Less than a second is an error.
	TTL time.Duration
	// Leeway is how far the clocks of servers may be apart: so much longer is a
	// token accepted, and so much earlier. Zero: DefaultLeeway. Negative: none.
	Leeway time.Duration
	// Keys sign and verify. Required.
	Keys *Keyring
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Authority mints access tokens, and verifies those that it has minted. It is
// safe for concurrent use.
type Authority struct {
	*Verifier

	audience string
	ttl      time.Duration
	keys     *Keyring
	now      func() time.Time
}

// New checks the configuration; the error wraps ErrConfig and names the field.
func New(config Config) (*Authority, error) {
	if config.Keys == nil {
		return nil, fmt.Errorf("%w: Keys is missing", ErrConfig)
	}
	if config.TTL == 0 {
		config.TTL = DefaultTTL
	}
	if config.TTL < time.Second {
		return nil, fmt.Errorf("%w: TTL is %v, want a second or more", ErrConfig, config.TTL)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	verifier, err := NewVerifier(VerifierConfig{
		Issuer: config.Issuer, Audience: config.Audience, Leeway: config.Leeway, Keys: config.Keys, Now: config.Now,
	})
	if err != nil {
		return nil, err
	}
	return &Authority{
		Verifier: verifier, audience: cmp.Or(config.Audience, config.Issuer),
		ttl: config.TTL.Truncate(time.Second), keys: config.Keys, now: config.Now,
	}, nil
}

// Grant is what an access token is minted for.
type Grant struct {
	UserID     string         // sub; required
	SessionID  string         // sid; required
	Generation int64          // gen: that of the session's current refresh token
	AuthTime   time.Time      // auth_time: when the user signed in; required
	Extra      map[string]any // the application's own claims; nil: none
	// KeyThumbprint is of the key that the token is bound to, cnf.jkt. Empty: it is a
	// bearer token.
	KeyThumbprint string
}

// Minted is a new access token.
type Minted struct {
	Token     secret.String
	ExpiresIn time.Duration // whole seconds: the expires_in of RFC 6749 section 5.1
	Claims    Claims
}

// Mint signs an access token with the key that is active now. The error wraps
// ErrReservedClaim where the application claims use one of our names, ErrInvalid
// where the grant lacks something. Any other error is one of the keys.
func (a *Authority) Mint(ctx context.Context, grant Grant) (Minted, error) {
	if err := CheckExtra(grant.Extra); err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	now := a.now()
	p := &payload{
		Issuer: a.issuer, Subject: grant.UserID, Audience: jwt.ClaimStrings{a.audience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.ttl)),
		ID: rand.Text(), SessionID: grant.SessionID, Generation: &grant.Generation,
		AuthTime: jwt.NewNumericDate(grant.AuthTime), Confirmation: confirm(grant.KeyThumbprint), extra: grant.Extra,
	}
	if !p.complete() || grant.AuthTime.IsZero() {
		return Minted{}, fmt.Errorf("mint access token: %w: the grant needs a user, a session and a time of sign-in", ErrInvalid)
	}
	key, err := a.keys.signer(ctx, now)
	if err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	unsigned := jwt.NewWithClaims(key.public.Algorithm.method(), p)
	unsigned.Header["typ"], unsigned.Header["kid"] = mediaType, key.public.ID
	signed, err := unsigned.SignedString(key.private)
	if err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	return Minted{Token: secret.New(signed), ExpiresIn: a.ttl, Claims: p.claims()}, nil
}
