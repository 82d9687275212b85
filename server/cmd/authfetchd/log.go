package main

import (
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// logFormat is how records are written.
type logFormat string

const (
	formatText logFormat = "text"
	formatJSON logFormat = "json"
)

// UnmarshalText accepts the name of a format, for the flag.
func (f *logFormat) UnmarshalText(text []byte) error {
	switch format := logFormat(text); format {
	case formatText, formatJSON:
		*f = format
		return nil
	default:
		return errors.New("want text or json")
	}
}

// MarshalText returns the name.
func (f logFormat) MarshalText() ([]byte, error) { return []byte(f), nil }

// newLogger writes records of that level and above. Nothing of ours logs a
// secret; what a dependency or a later change might log is taken out here.
func newLogger(w io.Writer, level slog.Level, format logFormat) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if format == formatJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// jwt matches what looks like a JSON Web Token, whatever it is part of.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*`)

func redact(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, secret := range []string{"token", "password", "secret", "cookie", "authorization"} {
		if strings.Contains(name, secret) {
			return slog.String(a.Key, redacted)
		}
	}
	if a.Value.Kind() != slog.KindString {
		return a
	}
	return slog.String(a.Key, redactPasswords(jwt.ReplaceAllString(a.Value.String(), redacted)))
}
