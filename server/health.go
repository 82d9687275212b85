package server

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// health says that the process runs.
func (a *Auth) health(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.Health{Status: "ok"})
}

// ready says that requests can be answered: the database can be reached, and one
// of its keys can sign. What is missing has a name; why, the log says.
func (a *Auth) ready(c echo.Context) error {
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	err := a.keys.Ready(ctx)
	if err == nil {
		return c.JSON(http.StatusOK, wire.Health{Status: "ok"})
	}
	missing := wire.MissingDatabase
	if errors.Is(err, token.ErrKey) {
		missing = wire.MissingKey
	}
	a.logNotReady(ctx, missing, err)
	c.Response().Header().Set(wire.HeaderRetryAfter, "5")
	return c.JSON(http.StatusServiceUnavailable, wire.Health{Status: "unavailable", Missing: missing})
}
