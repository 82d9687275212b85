package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// Claims is what a verified access token says.
type Claims = token.Claims

// claimsKey is the key of the claims in a request's context.
type claimsKey struct{}

// RequireAuth lets requests with a valid access token through and answers all
// others as RFC 6750 section 3 and RFC 9449 section 7 say. It also applies the cross-origin rules, and
// answers preflights, so the group needs no CORS middleware:
//
//	private := e.Group("/api", auth.RequireAuth())
//	private.GET("/orders", func(c echo.Context) error {
//		claims, _ := server.ClaimsFrom(c)
//		return c.JSON(http.StatusOK, orders.Of(claims.UserID))
//	})
//
// The checks ask for more than a valid token, for routes that need it.
func (a *Auth) RequireAuth(checks ...Check) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, err := a.enter(c.Response(), c.Request(), checks)
			if err != nil {
				return a.refuse(c, failureOf(err))
			}
			if r == nil {
				return nil
			}
			c.SetRequest(r)
			return next(c)
		}
	}
}

// Protect is RequireAuth for net/http; ClaimsFromContext has the claims.
func (a *Auth) Protect(next http.Handler, checks ...Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered, err := a.enter(w, r, checks)
		if err != nil {
			f := failureOf(err)
			a.logRefusal(r, f)
			_ = a.write(w, f) // the client has gone if this fails
			return
		}
		if entered != nil {
			next.ServeHTTP(w, entered)
		}
	})
}

// ClaimsFrom returns the claims of the request's access token. It reports false
// where RequireAuth has not run.
func ClaimsFrom(c echo.Context) (Claims, bool) { return ClaimsFromContext(c.Request().Context()) }

// ClaimsFromContext is ClaimsFrom for net/http and for code further in.
func ClaimsFromContext(ctx context.Context) (Claims, bool) {
	claims, ok := ctx.Value(claimsKey{}).(Claims)
	return claims, ok
}

// enter returns the request with its claims, nil where it was a preflight and
// has been answered, or the reason to refuse it.
func (a *Auth) enter(w http.ResponseWriter, r *http.Request, checks []Check) (*http.Request, error) {
	done, f := a.origins.admit(w, r)
	if f != nil {
		return nil, f
	}
	if done {
		return nil, nil
	}
	return a.authorize(w, r, checks)
}

// authorize verifies the access token of a request, and what else is asked for.
func (a *Auth) authorize(w http.ResponseWriter, r *http.Request, checks []Check) (*http.Request, error) {
	scheme, raw, f := accessToken(r)
	if f != nil {
		return nil, f
	}
	if raw == "" {
		return nil, missingToken()
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	claims, err := a.tokens.Verify(ctx, raw)
	invalid := errors.Is(err, token.ErrInvalid)
	switch {
	case a.config.DPoP.Mode == DPoPOff && scheme == wire.SchemeDPoP && (invalid || err == nil && claims.KeyThumbprint == ""):
		return nil, missingToken() // that scheme counts as none, but for tokens that are bound
	case errors.Is(err, token.ErrExpired):
		return nil, invalidToken(bearer.DetailExpired, err).by(a.taken(scheme))
	case invalid:
		return nil, invalidToken(bearer.DetailInvalid, err).by(a.taken(scheme))
	case err != nil:
		return nil, err
	}
	if err := a.hold(ctx, w, r, scheme, raw, claims); err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := a.check(ctx, check, claims); err != nil {
			return nil, err
		}
	}
	a.seen.mark(ctx, claims)
	return r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)), nil
}

// authorized is RequireAuth for routes of ours, which have a guard already.
func (a *Auth) authorized(next echo.HandlerFunc, checks ...Check) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := a.authorize(c.Response(), c.Request(), checks)
		if err != nil {
			return err
		}
		c.SetRequest(r)
		return next(c)
	}
}
