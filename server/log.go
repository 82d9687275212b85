package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// maxLogged is how much is logged of a method or a path, in bytes: a client can
// make them as long as its headers may be.
const maxLogged = 256

// requested is what a client asked for. The path is without the query, where
// somebody may have put a token.
func requested(r *http.Request) []slog.Attr {
	short := func(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxLogged)], "") }
	return []slog.Attr{slog.String("method", short(r.Method)), slog.String("path", short(r.URL.Path))}
}

// logRequest writes one record for a request.
func (a *Auth) logRequest(r *http.Request, status int, duration time.Duration) {
	if !a.log.Enabled(r.Context(), slog.LevelDebug) {
		return
	}
	a.log.LogAttrs(r.Context(), slog.LevelDebug, "request", append(requested(r),
		slog.Int("status", status), slog.Duration("duration", duration),
		slog.String("address", a.address(r)))...)
}

// logRefusal writes what the client is not told.
func (a *Auth) logRefusal(r *http.Request, f *failure) {
	attrs := append([]slog.Attr{slog.String("code", string(f.code))}, requested(r)...)
	attrs = append(attrs, slog.String("address", a.address(r)))
	if f.reason != "" {
		attrs = append(attrs, slog.String("reason", string(f.reason)))
	}
	if f.cause != nil {
		attrs = append(attrs, slog.String("cause", f.cause.Error()))
	}
	a.log.LogAttrs(r.Context(), f.level(), "request refused", attrs...)
}

// logNotReady writes what whoever asks for the health is not told.
func (a *Auth) logNotReady(ctx context.Context, missing string, cause error) {
	a.log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("missing", missing), slog.String("cause", cause.Error()))
}

// level is how much the refusal matters to an operator. Our own failures do; a
// client that has gone is not one. Expired access tokens and wrong addresses are
// everyday matters, and a busy page would fill the log with them.
func (f *failure) level() slog.Level {
	switch {
	case f.code.Status() >= http.StatusInternalServerError && !errors.Is(f.cause, context.Canceled):
		return slog.LevelError
	case f.observed: // and their record says more
		return slog.LevelDebug
	case f.code == wire.InvalidToken, f.code == wire.UseDPoPNonce, f.code == wire.RefreshMissing, f.code == wire.NotFound, f.code == wire.MethodNotAllowed:
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
