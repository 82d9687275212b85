package server

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// logout ends the session that the cookie or the access token names, and deletes
// the cookie. Who is signed out already is signed out: repeating it is no error,
// and neither is a token that is good for nothing any more.
func (a *Auth) logout(c echo.Context, event *Event) (answer func() error, err error) {
	r := c.Request()
	cookies, f := a.presented(r)
	if f != nil {
		return nil, f
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	out := rotation.SignOut{Tokens: cookies}
	if ids := a.engine.SessionIDs(cookies); len(ids) > 0 {
		event.SessionID = ids[0]
	}
	access, err := a.accessOf(ctx, r)
	switch {
	case access != nil:
		out.SessionID = access.SessionID
		event.UserID, event.SessionID = access.UserID, access.SessionID
	case errors.Is(err, token.ErrInvalid) && len(cookies) > 0:
		// The cookie says which session is meant.
	case err != nil:
		return nil, err
	}
	ended, err := a.engine.Logout(ctx, out)
	if err != nil {
		return nil, err
	}
	event.ended(ended, wire.ReasonLogout)
	return func() error {
		a.cookie.remove(c.Response().Header())
		return c.NoContent(http.StatusNoContent)
	}, nil
}
