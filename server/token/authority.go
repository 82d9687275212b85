package token

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
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

// Authority mints access tokens and verifies them. It is safe for concurrent
// use.
type Authority struct {
	issuer, audience string
	ttl              time.Duration
	keys             *Keyring
	now              func() time.Time
	strict, lenient  *jwt.Parser
}

// New checks the configuration; the error wraps ErrConfig and names the field.
func New(config Config) (*Authority, error) {
	if config.Issuer == "" {
		return nil, fmt.Errorf("%w: Issuer is missing", ErrConfig)
	}
	if config.Keys == nil {
		return nil, fmt.Errorf("%w: Keys is missing", ErrConfig)
	}
	if config.TTL == 0 {
		config.TTL = DefaultTTL
	}
	if config.TTL < time.Second {
		return nil, fmt.Errorf("%w: TTL is %v, want a second or more", ErrConfig, config.TTL)
	}
	if config.Audience == "" {
		config.Audience = config.Issuer
	}
	if config.Leeway == 0 {
		config.Leeway = DefaultLeeway
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	methods := jwt.WithValidMethods([]string{string(ES256), string(EdDSA), string(RS256)})
	return &Authority{
		issuer: config.Issuer, audience: config.Audience, ttl: config.TTL.Truncate(time.Second),
		keys: config.Keys, now: config.Now,
		strict: jwt.NewParser(methods, jwt.WithStrictDecoding(),
			jwt.WithIssuer(config.Issuer), jwt.WithAudience(config.Audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
			jwt.WithLeeway(max(config.Leeway, 0)), jwt.WithTimeFunc(config.Now)),
		lenient: jwt.NewParser(methods, jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation()),
	}, nil
}

// Grant is what an access token is minted for.
type Grant struct {
	UserID     string         // sub; required
	SessionID  string         // sid; required
	Generation int64          // gen: that of the session's current refresh token
	AuthTime   time.Time      // auth_time: when the user signed in; required
	Extra      map[string]any // the application's own claims; nil: none
}

// Minted is a new access token.
type Minted struct {
	Token     secret.String
	ExpiresIn time.Duration // whole seconds: the expires_in of RFC 6749 section 5.1
	Claims    Claims
}

// Mint signs an access token with the key that is active now. The error wraps
// ErrReservedClaim where the application claims use one of our names, ErrInvalid
// where the grant lacks something.
func (a *Authority) Mint(grant Grant) (Minted, error) {
	if err := CheckExtra(grant.Extra); err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	now := a.now()
	p := &payload{
		Issuer: a.issuer, Subject: grant.UserID, Audience: jwt.ClaimStrings{a.audience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.ttl)),
		ID: rand.Text(), SessionID: grant.SessionID, Generation: &grant.Generation,
		AuthTime: jwt.NewNumericDate(grant.AuthTime), extra: grant.Extra,
	}
	if !p.complete() || grant.AuthTime.IsZero() {
		return Minted{}, fmt.Errorf("mint access token: %w: the grant needs a user, a session and a time of sign-in", ErrInvalid)
	}
	key, err := a.keys.active(now)
	if err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	unsigned := jwt.NewWithClaims(key.algorithm.method(), p)
	unsigned.Header["typ"], unsigned.Header["kid"] = mediaType, key.id
	signed, err := unsigned.SignedString(key.private)
	if err != nil {
		return Minted{}, fmt.Errorf("mint access token: %w", err)
	}
	return Minted{Token: secret.New(signed), ExpiresIn: a.ttl, Claims: p.claims()}, nil
}

// Verify checks an access token as RFC 9068 section 4 asks: type, signature with
// a key of ours, issuer, audience, expiry, time of issue. The error wraps
// ErrInvalid, and ErrExpired where nothing but the time is wrong; any other error
// means that the keys could not be read.
func (a *Authority) Verify(ctx context.Context, raw string) (Claims, error) {
	return a.parse(ctx, a.strict, raw)
}

// VerifyIgnoringExpiry is for the access token that goes along with a refresh:
// it proves which session and generation its holder had, and is expired more
// often than not. Type, signature and issuer count. The times do not, and
// neither does the audience: changing that must not sign anybody out.
// Errors are those of Verify, without ErrExpired.
func (a *Authority) VerifyIgnoringExpiry(ctx context.Context, raw string) (Claims, error) {
	claims, err := a.parse(ctx, a.lenient, raw)
	if err == nil && claims.Issuer != a.issuer {
		return Claims{}, fmt.Errorf("%w: another issuer", ErrInvalid)
	}
	return claims, err
}

func (a *Authority) parse(ctx context.Context, parser *jwt.Parser, raw string) (Claims, error) {
	if len(raw) > maxSize {
		return Claims{}, fmt.Errorf("%w: longer than %d bytes", ErrInvalid, maxSize)
	}
	// base64 decoding skips line breaks; a token has none.
	if strings.ContainsAny(raw, "\r\n") {
		return Claims{}, fmt.Errorf("%w: line break", ErrInvalid)
	}
	var p payload
	parsed, err := parser.ParseWithClaims(raw, &p, func(t *jwt.Token) (any, error) { return a.verifier(ctx, t) })
	switch {
	case err != nil && errors.Is(err, errKeysUnread):
		return Claims{}, fmt.Errorf("verify access token: %w", err)
	case err != nil:
		return Claims{}, refusal(err)
	case !parsed.Valid || !p.complete():
		return Claims{}, fmt.Errorf("%w: claims are missing", ErrInvalid)
	}
	return p.claims(), nil
}

// verifier finds the public key for a token by its key id alone. What else the
// header offers (jwk, jku, x5u, x5c) is the sender's word, and is not read.
func (a *Authority) verifier(ctx context.Context, t *jwt.Token) (any, error) {
	// golang-jwt checks neither typ nor crit (RFC 7515 section 4.1.11).
	if typ, _ := t.Header["typ"].(string); typ != mediaType {
		return nil, errors.New("not an access token")
	}
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("unknown critical header")
	}
	kid, _ := t.Header["kid"].(string)
	key, err := a.keys.lookup(ctx, kid)
	if err != nil {
		return nil, err
	}
	// The key decides on the algorithm, RFC 8725 section 3.1.
	if t.Method.Alg() != string(key.algorithm) {
		return nil, errors.New("algorithm of another key")
	}
	return key.public, nil
}
