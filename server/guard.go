package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/internal/proxied"
	"github.com/authfetch/authfetch/server/wire"
)

// databaseTimeout is how long a request waits for the database before it is
// answered with 503.
const databaseTimeout = 5 * time.Second

// databaseContext is the request's context with that patience. It outlives the
// connection: net/http cannot tell a client that has gone from one that has sent
// all and closed its side, and still waits for the answer. What has begun is done,
// either way.
func (a *Auth) databaseContext(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), databaseTimeout)
}

// guard is around every route of ours that observers do not hear of: headers
// first, so that refusals have them too, then cross-origin rules, then the handler.
func (a *Auth) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return a.answered(func(c echo.Context) error { return a.admitted(c, next) })
}

// answered sets the headers that every answer has; what goes wrong becomes a
// problem document, and the request becomes one record in the log.
func (a *Auth) answered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := a.config.Now()
		w, r := c.Response(), c.Request()
		setHeaders(w.Header(), proxied.Secure(r, a.config.HTTP.TrustedProxies))
		err := next(c)
		if err != nil {
			err = a.refuse(c, failureOf(err))
		}
		a.logRequest(r, w.Status, a.config.Now().Sub(start))
		return err
	}
}

// admitted applies the cross-origin rules and runs the handler.
func (a *Auth) admitted(c echo.Context, next echo.HandlerFunc) error {
	done, f := a.origins.admit(c.Response(), c.Request())
	if f != nil {
		return f
	}
	if done {
		return nil
	}
	return a.recovered(c, next)
}

// recovered turns a panic into an error. http.ErrAbortHandler passes: it is the
// way of net/http to drop a connection.
func (a *Auth) recovered(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = &failure{code: wire.Internal, detail: internalDetail, cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return next(c)
}

// refuse logs the failure and answers with it.
func (a *Auth) refuse(c echo.Context, f *failure) error {
	a.logRefusal(c.Request(), f)
	if c.Response().Committed {
		return nil // the answer has begun; nothing can be taken back
	}
	return a.write(c.Response(), f)
}

// failureOf is the failure for any error that a handler returns.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		return echoFailure(h)
	}
	return failureFor(err)
}

// echoFailure translates what Echo itself refuses.
func echoFailure(h *echo.HTTPError) *failure {
	switch h.Code {
	case http.StatusNotFound:
		return nothingHere()
	case http.StatusMethodNotAllowed:
		return wrongMethod()
	default:
		return &failure{code: wire.Internal, detail: internalDetail, cause: h}
	}
}
