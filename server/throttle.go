package server

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/authfetch/authfetch/server/account"
)

// ThrottlePolicy says how much guessing of passwords is let through, and how many
// passwords are checked at the same time. The zero value is the safe choice.
type ThrottlePolicy = account.ThrottlePolicy

// newThrottle counts under a key of its own, so that what the database keeps says
// nothing to who has no secret. When the secret is replaced, counts begin anew.
func newThrottle(config Config) (*account.Throttle, error) {
	key, err := config.Secrets.Primary().Derive("throttle", config.Issuer, sha256.Size)
	if err != nil {
		return nil, err
	}
	return account.NewThrottle(account.ThrottleConfig{
		Store: config.Store, Key: key, Policy: config.Throttle, Now: config.Now,
	})
}

// proveAs runs check, which finds out whether a password is right, under the
// throttle. The error says that it is not, or is one of applicationError.
func (a *Auth) proveAs(ctx context.Context, r *http.Request, who account.Attempt, check func() error) error {
	who.Address = clientAddress(r, a.config.HTTP.TrustedProxies)
	return applicationError(a.throttle.Try(ctx, who, check))
}
