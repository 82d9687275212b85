package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

// refresh replaces the refresh token of the cookie. What is refused leaves the
// cookie alone: it may be good for the next request, and for another tab.
func (a *Auth) refresh(c echo.Context, event *Event) (answer func() error, err error) {
	r := c.Request()
	cookies, f := a.presented(r)
	if f != nil {
		return nil, f
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	access, accessErr := a.accessOf(ctx, r)
	grant, err := a.engine.Refresh(ctx, rotation.Request{
		Tokens: cookies, Access: access, AccessErr: accessErr, Proof: a.proofOf(c.Response(), r), Client: a.client(r),
	})
	if err != nil {
		if ids := a.engine.SessionIDs(cookies); len(ids) == 1 && errors.Is(err, dpop.ErrInvalid) {
			event.SessionID = ids[0] // whose proof was refused
		}
		return nil, err
	}
	event.granted(grant)
	// If this fails, the client asks again with the token that it has, and is
	// given the same successor.
	extra, err := a.claims(ctx, grant.Session.UserID)
	if err != nil {
		return nil, err
	}
	return a.answer(c, http.StatusOK, grant, extra)
}

// accessOf is what the access token sent along proves, expired or not; nil where
// none came.
func (a *Auth) accessOf(ctx context.Context, r *http.Request) (*rotation.Access, error) {
	_, raw, f := accessToken(r)
	if f != nil {
		return nil, f
	}
	if raw == "" {
		return nil, nil
	}
	claims, err := a.tokens.VerifyIgnoringExpiry(ctx, raw)
	if errors.Is(err, token.ErrInvalid) {
		return nil, invalidToken("the access token sent along is not one of this server; leave it out, the cookie is still good", err)
	}
	if err != nil {
		return nil, err
	}
	return &rotation.Access{UserID: claims.UserID, SessionID: claims.SessionID, Generation: claims.Generation}, nil
}
