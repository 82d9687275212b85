package server

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/wire"
)

// route is one method of one path, with the guard around its handler.
type route struct {
	method, path string
	handler      echo.HandlerFunc
}

// Mount adds the API to a group whose prefix is Config.HTTP.Prefix:
//
//	auth.Mount(e.Group("/api"))
//
// Its answers do not depend on the middleware and the error handler of the
// application: refusals are always problem documents. On its own paths, a method
// that it does not know is answered with 405; add routes of yours to them
// afterwards.
func (a *Auth) Mount(g *echo.Group) {
	routes := []route{
		{http.MethodPost, wire.PathAuth, a.observed(EventLogin, a.login)},
		{http.MethodDelete, wire.PathAuth, a.observed(EventLogout, a.logout)},
		{http.MethodPost, wire.PathRefresh, a.observed(EventRefresh, a.refresh)},
		{http.MethodGet, wire.PathSessions, a.guard(a.authorized(a.listSessions, LiveSession))},
		{http.MethodDelete, wire.PathSessions, a.observed(EventSessionsEnded, a.endSessions)},
		{http.MethodDelete, wire.PathSessions + "/:id", a.observed(EventSessionsEnded, a.endSession)},
		{http.MethodPost, wire.PathUsers, a.observed(EventRegistration, a.register)},
	}
	if a.config.Users.Find != nil {
		routes = append(routes, route{http.MethodGet, wire.PathMe, a.guard(a.authorized(a.me))})
	}
	if a.config.Users.ChangePassword != nil {
		routes = append(routes, route{http.MethodPut, wire.PathPassword, a.observed(EventPasswordChange, a.changePassword)})
	}
	a.add(g, routes)
	g.RouteNotFound("/*", a.guard(notFound))
}

// MountRoot adds what lives outside the prefix: the public keys and the health
// of the server.
//
//	auth.MountRoot(e.Group(""))
func (a *Auth) MountRoot(g *echo.Group) {
	a.add(g, []route{
		{http.MethodGet, wire.PathJWKS, a.guard(a.jwks)},
		{http.MethodGet, wire.PathHealth, a.guard(a.health)},
		{http.MethodGet, wire.PathReady, a.guard(a.ready)},
	})
}

// Handler serves all of it, for a program that does not use Echo.
func (a *Auth) Handler() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { _ = a.refuse(c, failureOf(err)) }
	a.MountRoot(e.Group(""))
	a.Mount(e.Group(a.config.HTTP.Prefix))
	e.RouteNotFound("/*", a.guard(notFound))
	return e
}

// add registers the routes, and a refusal for every other method of their paths.
// Echo has one of its own, but a catch-all of the group takes precedence over it.
func (a *Auth) add(g *echo.Group, routes []route) {
	methods := make(map[string][]string)
	for _, r := range routes {
		methods[r.path] = append(methods[r.path], r.method)
		if r.method == http.MethodGet {
			methods[r.path] = append(methods[r.path], http.MethodHead)
		}
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		g.Any(path, a.guard(methodNotAllowed(allowed)))
	}
	for _, r := range routes {
		g.Add(r.method, r.path, r.handler)
		if r.method == http.MethodGet {
			g.Add(http.MethodHead, r.path, r.handler)
		}
	}
}

func notFound(echo.Context) error { return nothingHere() }

func methodNotAllowed(allowed []string) echo.HandlerFunc {
	return func(echo.Context) error {
		f := wrongMethod()
		f.allow = allowed
		return f
	}
}

func nothingHere() *failure {
	return refuse(wire.NotFound, "there is nothing at this address")
}

func wrongMethod() *failure {
	return refuse(wire.MethodNotAllowed, "this address does not take this method")
}
