package main

import (
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// newLogger writes records of that level and above. Nothing of ours logs a
// secret; what a dependency or a later change might log is taken out here.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact}))
}

// jwt matches what looks like a JSON Web Token, whatever it is part of.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*`)

const redacted = "[redacted]"

func redact(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, secret := range []string{"token", "password", "secret", "cookie", "authorization"} {
		if strings.Contains(name, secret) {
			return slog.String(a.Key, redacted)
		}
	}
	if a.Value.Kind() == slog.KindString && jwt.MatchString(a.Value.String()) {
		return slog.String(a.Key, jwt.ReplaceAllString(a.Value.String(), redacted))
	}
	return a
}
