package server

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
)

// logout ends the session that the cookie or the access token names, and deletes
// the cookie. Who is signed out already is signed out: repeating it is no error,
// and neither is a token that is good for nothing any more.
func (a *Auth) logout(c echo.Context) error {
	r := c.Request()
	cookies, f := a.presented(r)
	if f != nil {
		return f
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	out := rotation.SignOut{Tokens: cookies}
	access, err := a.accessOf(ctx, r)
	switch {
	case access != nil:
		out.SessionID = access.SessionID
	case errors.Is(err, token.ErrInvalid) && len(cookies) > 0:
		// The cookie says which session is meant.
	case err != nil:
		return err
	}
	if _, err := a.engine.Logout(ctx, out); err != nil {
		return err
	}
	a.cookie.remove(c.Response().Header())
	return c.NoContent(http.StatusNoContent)
}
