package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/wire"
)

// health says that the process runs.
func (a *Auth) health(c echo.Context) error {
	return c.JSON(http.StatusOK, wire.Health{Status: "ok"})
}

// ready says that requests can be answered: the database can be reached, and
// there is a key to sign with.
func (a *Auth) ready(c echo.Context) error {
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	keys, err := a.config.Store.SigningKeys(ctx)
	if err != nil || len(keys) == 0 {
		c.Response().Header().Set(wire.HeaderRetryAfter, "5")
		return c.JSON(http.StatusServiceUnavailable, wire.Health{Status: "unavailable"})
	}
	return c.JSON(http.StatusOK, wire.Health{Status: "ok"})
}
