package server

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// Keys are the signing keys, to rotate or revoke one by hand. Scheduled rotation
// is part of Maintain.
func (a *Auth) Keys() *token.Keyring { return a.keys }

// keepKeys is how long a key verifies that signs no more: a refresh may present
// the access token with which its session began.
func (c TokenConfig) keepKeys() (time.Duration, error) {
	policy, err := rotation.Policy{AbsoluteTTL: c.AbsoluteTTL}.WithDefaults()
	return policy.AbsoluteTTL + cmp.Or(c.AccessTTL, token.DefaultTTL) + max(0, cmp.Or(c.Leeway, token.DefaultLeeway)), err
}

// jwks answers with the public keys, for other servers that verify our access
// tokens, RFC 7517 section 5. For how long they may keep them follows from how
// long a new key is published before it signs.
func (a *Auth) jwks(c echo.Context) error {
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	set, err := a.keys.JWKS(ctx)
	if err != nil {
		return err
	}
	document, err := json.Marshal(set)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(document)
	h := c.Response().Header()
	h.Set("Content-Type", wire.TypeJSON)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(a.keys.MaxAge().Seconds())))
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	// A part of it is of no use, and one that there is not is refused in plain text.
	c.Request().Header.Del("Range")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(document)) // 304, RFC 9110 section 13.2.2
	return nil
}
