package server

import (
	"context"
	"errors"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// live tells whether the session of an access token still lives.
func (a *Auth) live(ctx context.Context, claims Claims) error {
	rec, now, err := a.config.Store.Session(ctx, claims.SessionID)
	if now.IsZero() {
		now = a.config.Now()
	}
	switch {
	case errors.Is(err, rotation.ErrNotFound):
		return &rotation.Refusal{Err: rotation.ErrUnknown}
	case err != nil:
		return err
	case !rec.RevokedAt.IsZero():
		return &rotation.Refusal{Err: rotation.ErrRevoked, Reason: rec.Reason}
	case rec.UserDisabled:
		return &rotation.Refusal{Err: rotation.ErrRevoked, Reason: wire.ReasonDisabled}
	case !rec.Live(now):
		return &rotation.Refusal{Err: rotation.ErrExpired}
	}
	return nil
}
