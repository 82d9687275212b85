package server

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// changePassword replaces the password of the user of the access token, who has
// to know the old one, and ends the user's other sessions.
func (a *Auth) changePassword(c echo.Context, event *Event) (answer func() error, err error) {
	claims, err := a.holder(c, event)
	if err != nil {
		return nil, err
	}
	r := c.Request()
	var change wire.PasswordChange
	if f := readJSON(c.Response(), r, &change); f != nil {
		return nil, f
	}
	switch {
	case change.OldPassword == "":
		return nil, missingField(wire.FieldOldPassword)
	case change.NewPassword == "":
		return nil, missingField(wire.FieldNewPassword)
	}
	if _, err := account.CheckPassword(change.NewPassword); err != nil {
		return nil, invalidPassword(wire.FieldNewPassword, err)
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	before, err := a.engine.Sessions(ctx, claims.UserID)
	if err != nil {
		return nil, err
	}
	err = a.proveAs(ctx, r, account.Attempt{UserID: claims.UserID}, func() error {
		return a.config.Users.ChangePassword(ctx, claims.UserID, change.OldPassword, change.NewPassword, claims.SessionID)
	})
	switch {
	case errors.Is(err, account.ErrInvalidCredentials):
		return nil, &failure{code: wire.WrongPassword, detail: "the old password is not right; the password has not been changed", cause: err}
	case errors.Is(err, account.ErrInvalidPassword):
		return nil, invalidPassword(wire.FieldNewPassword, err)
	case errors.Is(err, account.ErrNotFound):
		return nil, invalidToken("the user of this access token does not exist any more", err)
	case err != nil:
		return nil, err
	}
	// Package account has ended them already, in the same step. An application with
	// a user database of its own cannot.
	if _, err := a.engine.Revoke(ctx, rotation.Selection{UserID: claims.UserID, Except: claims.SessionID}, wire.ReasonPasswordChange); err != nil {
		f := unavailable()
		f.detail = "the password has been changed, but other sessions may live on; end them in the list of sessions"
		f.cause = err
		return nil, &f
	}
	event.ended(max(0, len(before)-1), wire.ReasonPasswordChange)
	return func() error { return c.NoContent(http.StatusNoContent) }, nil
}

// invalidPassword says which field has a password that nobody can have.
func invalidPassword(field string, err error) *failure {
	detail := `the field "` + field + `" has to be a password of 8 to 256 characters`
	if errors.Is(err, account.ErrSamePassword) {
		detail = `the field "` + field + `" is the old password; choose another one`
	}
	return &failure{code: wire.InvalidRequest, detail: detail, cause: err}
}

// missingField says which field did not come.
func missingField(field string) *failure {
	return refuse(wire.InvalidRequest, `the field "`+field+`" is missing or empty`)
}
