package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/internal/jws"
)

// VerifierConfig says which access tokens a Verifier accepts.
type VerifierConfig struct {
	// Issuer is the iss claim. Required.
	Issuer string
	// Audience has to be among those of the aud claim. Zero: the issuer.
	Audience string
	// Leeway is how far the clocks of servers may be apart: so much longer is a
	// token accepted, and so much earlier. Zero: DefaultLeeway. Negative: none.
	Leeway time.Duration
	// Keys verify the signatures. Required.
	Keys KeySource
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Verifier verifies the access tokens of one issuer. It is safe for concurrent
// use.
type Verifier struct {
	issuer  string
	keys    KeySource
	claims  *jwt.Validator
	genuine genuine
}

// NewVerifier checks the configuration; the error wraps ErrConfig and names the
// field.
func NewVerifier(config VerifierConfig) (*Verifier, error) {
	if config.Issuer == "" {
		return nil, fmt.Errorf("%w: Issuer is missing", ErrConfig)
	}
	if config.Keys == nil {
		return nil, fmt.Errorf("%w: Keys is missing", ErrConfig)
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
	return &Verifier{
		issuer: config.Issuer, keys: config.Keys,
		claims: jwt.NewValidator(
			jwt.WithIssuer(config.Issuer), jwt.WithAudience(config.Audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
			jwt.WithLeeway(max(config.Leeway, 0)), jwt.WithTimeFunc(config.Now)),
	}, nil
}

// Verify checks an access token as RFC 9068 section 4 asks: type, signature with
// a key of the issuer, issuer, audience, expiry, time of issue. The error wraps
// ErrInvalid, and ErrExpired where nothing but the time is wrong; any other error
// means that the keys could not be read.
func (v *Verifier) Verify(ctx context.Context, raw string) (Claims, error) {
	p, err := v.open(ctx, raw)
	if err != nil {
		return Claims{}, err
	}
	if err := v.claims.Validate(p); err != nil {
		return Claims{}, refusal(err)
	}
	return p.claims(), nil
}

// VerifyIgnoringExpiry is for the access token that goes along with a refresh:
// it proves which session and generation its holder had, and is expired more
// often than not. Type, signature and issuer count. The times do not, and
// neither does the audience: changing that must not sign anybody out.
// Errors are those of Verify, without ErrExpired.
func (v *Verifier) VerifyIgnoringExpiry(ctx context.Context, raw string) (Claims, error) {
	p, err := v.open(ctx, raw)
	if err != nil {
		return Claims{}, err
	}
	if p.Issuer != v.issuer {
		return Claims{}, fmt.Errorf("%w: another issuer", ErrInvalid)
	}
	return p.claims(), nil
}

// open checks type and signature, and that the claims are complete.
func (v *Verifier) open(ctx context.Context, raw string) (*payload, error) {
	if known, found := v.genuine.recall(raw); found {
		// A key that is gone, or was replaced, takes its tokens along.
		if now, err := v.keys.PublicKey(ctx, known.key.ID); err == nil && now.same(known.key) {
			return known.payload, nil
		}
	}
	var (
		key    PublicKey
		unread error // the keys, and not the token, are what is wrong
	)
	text, err := jws.Open(raw, func(h jws.Header) (_ jws.Key, err error) {
		// RFC 8725 section 3.11: a refresh token, or any other JWT of ours, is no
		// access token, whatever signed it.
		if h.MediaType != mediaType {
			return jws.Key{}, errors.New("not an access token")
		}
		key, err = v.keys.PublicKey(ctx, h.KeyID)
		if err != nil && !errors.Is(err, ErrUnknownKey) {
			unread = err
		}
		return key.jws(), err
	})
	if unread != nil {
		return nil, fmt.Errorf("verify access token: %w", unread)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	p := new(payload)
	if !utf8.Valid(text) || json.Unmarshal(text, p) != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, jws.ErrMalformed)
	}
	if !p.complete() {
		return nil, fmt.Errorf("%w: claims are missing", ErrInvalid)
	}
	v.genuine.remember(raw, key, p)
	return p, nil
}

// refusal says in words of ours which claim does not hold. Those of the library
// may quote the token, and the text may end up in a log. Expiry comes last: it is
// the reason only where nothing else is wrong.
func refusal(err error) error {
	for _, known := range []struct {
		cause error
		text  string
	}{
		{jwt.ErrTokenInvalidIssuer, "another issuer"},
		{jwt.ErrTokenInvalidAudience, "another audience"},
		{jwt.ErrTokenUsedBeforeIssued, "issued in the future"},
		{jwt.ErrTokenNotValidYet, "not valid yet"},
		{jwt.ErrTokenRequiredClaimMissing, "claims are missing"},
	} {
		if errors.Is(err, known.cause) {
			return fmt.Errorf("%w: %s", ErrInvalid, known.text)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return ErrExpired
	}
	return fmt.Errorf("%w: claims do not hold", ErrInvalid)
}
