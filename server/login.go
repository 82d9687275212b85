package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// login starts a session for whoever knows the password, and ends the one that
// the same browser had before.
func (a *Auth) login(c echo.Context, event *Event) (answer func() error, err error) {
	r := c.Request()
	var credentials wire.Credentials
	if f := readJSON(c.Response(), r, &credentials); f != nil {
		return nil, f
	}
	switch {
	case credentials.Email == "":
		return nil, missingField(wire.FieldEmail)
	case credentials.Password == "":
		return nil, missingField(wire.FieldPassword)
	}
	proof, err := a.loginProof(r)
	if err != nil {
		return nil, err // before the work that a password is
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	var user User
	err = a.proveAs(ctx, r, account.Attempt{Account: credentials.Email}, func() (err error) {
		user, err = a.config.Authenticate(ctx, credentials.Email, credentials.Password)
		return err
	})
	if err != nil {
		return nil, err
	}
	if user.ID == "" {
		return nil, errors.New("server: Config.Authenticate returned a user that has no id")
	}
	event.UserID = user.ID
	// Whatever can fail comes before the session: none is left that nobody has.
	extra, err := a.claims(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	if err := a.useProof(ctx, c.Response(), proof); err != nil {
		return nil, err
	}
	grant, err := a.engine.Begin(ctx, rotation.SignIn{
		UserID: user.ID, Replaces: a.cookie.read(r.Header), KeyThumbprint: proof.Thumbprint, Client: a.client(r),
	})
	if err != nil {
		return nil, err
	}
	if err := a.stillProven(ctx, user, grant.Session.ID); err != nil {
		return nil, err
	}
	event.granted(grant)
	event.ended(grant.Replaced, wire.ReasonReplaced)
	return a.answer(c, http.StatusCreated, grant, extra)
}

// stillProven looks, now that there is a session, whether the password is still the
// one that was checked. A change of the password ends the sessions that it finds:
// one that begins a moment later, with the old password, would live on.
func (a *Auth) stillProven(ctx context.Context, user User, sessionID string) error {
	if user.PasswordID == "" || a.config.Users.Find == nil {
		return nil
	}
	now, err := a.config.Users.Find(ctx, user.ID)
	if err == nil && (now.PasswordID == user.PasswordID || now.PasswordID == "") {
		return nil
	}
	_, endErr := a.engine.Revoke(ctx, rotation.Selection{IDs: []string{sessionID}}, wire.ReasonPasswordChange)
	if errors.Is(err, account.ErrNotFound) && endErr == nil {
		return rotation.ErrDisabled
	}
	stale := fmt.Errorf("%w: the password was changed while it was checked, or that cannot be told", rotation.ErrUnavailable)
	return errors.Join(stale, err, endErr)
}

// answer sends both tokens: the access token in the body, the refresh token in
// the cookie. The cookie is set last, so that no failure leaves one behind.
func (a *Auth) answer(c echo.Context, status int, grant rotation.Grant, extra map[string]any) (func() error, error) {
	minted, err := a.tokens.Mint(c.Request().Context(), token.Grant{
		UserID: grant.Session.UserID, SessionID: grant.Session.ID,
		Generation: grant.Session.Generation, AuthTime: grant.Session.CreatedAt, Extra: extra,
		KeyThumbprint: grant.Session.KeyThumbprint,
	})
	if err != nil {
		return nil, err
	}
	scheme := wire.SchemeBearer
	if grant.Session.KeyThumbprint != "" {
		scheme = wire.SchemeDPoP // RFC 9449 section 5
	}
	return func() error {
		a.cookie.set(c.Response().Header(), grant.RefreshToken.Reveal(), grant.MaxAge)
		return c.JSON(status, wire.Token{
			AccessToken: minted.Token.Reveal(), TokenType: scheme,
			ExpiresIn: int64(minted.ExpiresIn.Seconds()),
		})
	}, nil
}

// claims are the application's own.
func (a *Auth) claims(ctx context.Context, userID string) (map[string]any, error) {
	if a.config.Users.Claims == nil {
		return nil, nil
	}
	extra, err := a.config.Users.Claims(ctx, userID)
	if err != nil {
		// Whatever it wraps: the password, or the refresh token, was right.
		return nil, fmt.Errorf("%w: claims: %v", errApplication, err)
	}
	return extra, token.CheckExtra(extra)
}
