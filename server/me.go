package server

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/wire"
)

// me answers with the user of the access token.
func (a *Auth) me(c echo.Context) error {
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	claims, _ := ClaimsFrom(c) // RequireAuth has run
	user, err := a.config.Users.Find(ctx, claims.UserID)
	if errors.Is(err, account.ErrNotFound) {
		return invalidToken("the user of this access token does not exist any more", err)
	}
	if err != nil {
		return applicationError(err)
	}
	return c.JSON(http.StatusOK, userMessage(user))
}

func userMessage(user User) wire.User {
	return wire.User{
		ID: user.ID, Email: user.Email, Name: user.Name,
		CreatedAt: user.CreatedAt.UTC().Format(time.RFC3339),
	}
}
