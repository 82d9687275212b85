package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// jwksMaxAge is half of the time for which a new key is published before it
// signs, so that whoever caches the document knows the key in time.
const jwksMaxAge = "public, max-age=300"

// jwks answers with the public keys, for other servers that verify our access
// tokens, RFC 7517 section 5.
func (a *Auth) jwks(c echo.Context) error {
	document, err := a.keys.JWKS()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", jwksMaxAge)
	return c.JSON(http.StatusOK, document)
}
