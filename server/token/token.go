// Package token makes and checks access tokens, and keeps the keys that sign
// them.
//
// An access token is a JWT of type at+jwt (RFC 9068 section 2.1), signed with a
// key whose public half is in the JWKS document. It lives for minutes and is
// never stored: whoever holds it is the user until it expires, or with a token that
// is bound to a key (RFC 9449), whoever holds that too. What has to be revocable at
// once is the session behind it, see package rotation.
//
//	keys, err := token.OpenKeyring(ctx, token.KeyringConfig{Store: store, Secrets: secrets})
//	if err != nil {
//		return err
//	}
//	authority, err := token.New(token.Config{Issuer: "https://api.example.com", Keys: keys})
//	if err != nil {
//		return err
//	}
//	minted, err := authority.Mint(ctx, token.Grant{UserID: "u1", SessionID: "s1", AuthTime: time.Now()})
//	if err != nil {
//		return err
//	}
//	claims, err := authority.Verify(ctx, minted.Token.Reveal())
//
// A server that has not made the tokens needs a Verifier and the issuer's JWKS
// document; package resource has both.
//
// Do not use it for ID tokens, or for tokens of other makes: it knows one issuer,
// one audience, and the claims that an Authority writes.
package token

import (
	"errors"
	"fmt"
	"time"
)

// Errors of this package, to be told apart with errors.Is. What the key store
// returned is wrapped too, so that an unreachable database stays recognisable.
var (
	// ErrInvalid: not an access token of this authority, or not a valid one any
	// more. Every refusal wraps it; the text says why, and quotes nothing of the
	// token.
	ErrInvalid = errors.New("invalid access token")
	// ErrExpired: an access token of this authority whose time is over. It is
	// also an ErrInvalid.
	ErrExpired = fmt.Errorf("%w: expired", ErrInvalid)
	// ErrConfig: a Config or a KeyringConfig that cannot work.
	ErrConfig = errors.New("token configuration")
	// ErrReservedClaim: an application claim with the name of one of ours.
	ErrReservedClaim = errors.New("claim name is reserved")
	// ErrKey: a stored signing key that cannot be used.
	ErrKey = errors.New("signing key")
)

// Defaults of Config and KeyringConfig.
const (
	DefaultTTL         = 5 * time.Minute
	DefaultLeeway      = 30 * time.Second
	DefaultPublish     = 10 * time.Minute
	DefaultRotateEvery = 30 * 24 * time.Hour
	DefaultKeep        = 91 * 24 * time.Hour
)

// mediaType is the typ header of an access token, RFC 9068 section 2.1.
const mediaType = "at+jwt"
