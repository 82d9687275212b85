// Package server signs users in, keeps their sessions and protects routes. An
// existing Echo application mounts it in three lines:
//
//	auth, err := server.New(server.Config{
//		Issuer: "https://api.example.com", Store: db, Secrets: secrets,
//		Authenticate: myUsers.Check, AllowedOrigins: []string{"https://app.example.com"},
//	})
//	if err != nil {
//		return err
//	}
//	auth.Mount(e.Group("/api"))
//	private := e.Group("/api", auth.RequireAuth())
//	private.GET("/orders", listOrders) // server.ClaimsFrom(c) says whose
//	go auth.Run(ctx)                   // looks after the database
//
// MountRoot adds what lives outside that prefix: the public keys, /healthz and
// /readyz. A program without Echo uses Handler, which has all of it, and Protect;
// the command authfetchd is one.
//
// The client keeps a short-lived access token, a JWT that any service can verify
// with the public keys; package resource does. The refresh token lives in an
// HttpOnly cookie, and is replaced whenever it is used, as RFC 9700 section 4.14.2
// asks; package rotation has the rules. With Config.DPoP both are bound to a key of
// the client, and worth nothing to who has them alone.
//
// Do not use it as an OAuth authorization server for clients of third parties:
// it has one login, for the pages of one application.
package server

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/internal/bound"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

// Auth is a configured server. It is safe for concurrent use.
type Auth struct {
	config   Config
	keys     *token.Keyring
	tokens   *token.Authority
	engine   *rotation.Engine
	throttle *account.Throttle
	bound    bound.Guard
	cookie   refreshCookie
	origins  *crossOrigin
	seen     *seenMarker
	// observers is Config.Observer, taken apart: each of them may panic alone.
	observers []Observer
	log       *slog.Logger
}

// New checks the configuration and reads the signing keys from the store; a
// store that has none gets its first one. The error names the option that is
// wrong, or wraps rotation.ErrUnavailable.
func New(config Config) (*Auth, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &Auth{config: config, log: config.HTTP.Logger, observers: Observers(config.Observer).(joined)}
	if a.cookie, err = newRefreshCookie(config.HTTP.Cookie, config.Issuer, config.HTTP.Prefix); err != nil {
		return nil, err
	}
	if a.origins, err = newCrossOrigin(config.AllowedOrigins); err != nil {
		return nil, err
	}
	if err := a.openTokens(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if a.engine, err = rotation.New(rotation.Config{
		Issuer: config.Issuer, Secrets: config.Secrets, Store: config.Store,
		Policy: rotation.Policy{
			Grace: config.Tokens.Grace, IdleTTL: config.Tokens.IdleTTL, AbsoluteTTL: config.Tokens.AbsoluteTTL,
			Binding: config.DPoP.Mode.binding(), RestoredAt: config.Tokens.RestoredAt,
		},
		Now: config.Now,
	}); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if a.throttle, err = newThrottle(config); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if a.bound, err = newGuard(config); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	a.seen = newSeenMarker(a.engine.Seen, config.Now)
	return a, nil
}

func (a *Auth) openTokens() error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	tokens := a.config.Tokens
	algorithm, err := token.ParseAlgorithm(string(tokens.Algorithm))
	if err != nil {
		return err
	}
	keep, err := tokens.keepKeys()
	if err != nil {
		return err
	}
	a.keys, err = token.OpenKeyring(ctx, token.KeyringConfig{
		Store: a.config.Store, Secrets: a.config.Secrets, Algorithm: algorithm, Now: a.config.Now,
		RotateEvery: tokens.RotateKeysEvery, Keep: keep,
	})
	if err != nil {
		return err
	}
	a.tokens, err = token.New(token.Config{
		Issuer: a.config.Issuer, Audience: tokens.Audience, TTL: tokens.AccessTTL, Leeway: tokens.Leeway,
		Keys: a.keys, Now: a.config.Now,
	})
	return err
}
