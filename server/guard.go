package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/wire"
)

// databaseTimeout is how long a request waits for the database before it is
// answered with 503.
const databaseTimeout = 5 * time.Second

// databaseContext is the request's context with that patience.
func (a *Auth) databaseContext(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), databaseTimeout)
}

// guard is around every route of ours: headers first, so that refusals have them
// too, then cross-origin rules, then the handler; what goes wrong becomes a
// problem document, and the request becomes one record in the log.
func (a *Auth) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := a.config.Now()
		w, r := c.Response(), c.Request()
		setHeaders(w.Header(), isSecure(r, a.config.HTTP.TrustedProxies))
		err := a.admitted(c, next)
		if err != nil {
			err = a.refuse(c, failureOf(err))
		}
		a.log.LogAttrs(r.Context(), slog.LevelDebug, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", w.Status), slog.Duration("duration", a.config.Now().Sub(start)),
			slog.String("address", a.address(r)))
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
	return f.write(c.Response())
}

// logRefusal writes what the client is not told. A refusal that is the client's
// doing, or a client that has gone, is no trouble of the server's.
func (a *Auth) logRefusal(r *http.Request, f *failure) {
	level := slog.LevelInfo
	gone := errors.Is(f.cause, context.Canceled)
	if f.code.Status() >= http.StatusInternalServerError && !gone {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("code", string(f.code)), slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.String("address", a.address(r)),
	}
	if f.reason != "" {
		attrs = append(attrs, slog.String("reason", string(f.reason)))
	}
	if f.cause != nil {
		attrs = append(attrs, slog.String("cause", f.cause.Error()))
	}
	a.log.LogAttrs(r.Context(), level, "request refused", attrs...)
}

// address is the client's, as text; empty where there is none.
func (a *Auth) address(r *http.Request) string {
	addr := clientAddress(r, a.config.HTTP.TrustedProxies)
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
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
		return refuse(wire.NotFound, "there is nothing at this address")
	case http.StatusMethodNotAllowed:
		return refuse(wire.MethodNotAllowed, "this address does not take this method")
	default:
		return &failure{code: wire.Internal, detail: internalDetail, cause: h}
	}
}
