package main_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

func TestTheLogHasNoSecrets(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--log-level", "debug")
	_, s := login(t, d.url, demoEmail, demoPassword)
	_, after := refresh(t, d.url, s)
	refresh(t, d.url, session{cookie: s.cookie + "x"})
	login(t, d.url, demoEmail, demoPassword+"x")
	log := d.stop().err
	if strings.Count(log, "msg=request ") != 4 {
		t.Fatalf("not all requests are logged:\n%s", log)
	}
	for _, token := range []string{s.access, s.cookie, after.access, after.cookie} {
		parts := strings.Split(token, ".")
		for _, secret := range append(parts[1:], demoPassword, "eyJ") {
			if strings.Contains(log, secret) {
				t.Errorf("the log contains %q:\n%s", secret, log)
			}
		}
	}
}

// A log that is kept short still has who signed in.
func TestTheAuditLogIsAlwaysThere(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--log-level", "error", "--log-format", "json")
	login(t, d.url, demoEmail, demoPassword)
	login(t, d.url, demoEmail, demoPassword+"x")
	var codes []string
	for line := range strings.Lines(d.stop().err) {
		var record struct{ Event, Code string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		codes = append(codes, record.Event+" "+record.Code)
	}
	if want := []string{"login ", "login invalid_credentials"}; !slices.Equal(codes, want) {
		t.Errorf("recorded %q, want %q", codes, want)
	}
}

func TestLoggerRedacts(t *testing.T) {
	var out bytes.Buffer
	token := "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"
	log := main.NewLogger(&out, slog.LevelInfo)
	log.Info("a", "Authorization", "Bearer abc123", "refresh_token", "abc123", slog.Group("g", "password", "abc123"))
	log.Info("b", "cause", "cannot use "+token+" here")
	log.Info("b", "cause", "cannot reach postgres://ada:abc123@db/name")
	log.With("set-cookie", "abc123").Info("c", "path", "/api?access_token="+token)
	log.Debug("d")
	for _, secret := range []string{"abc123", "eyJ", "c2lnbmF0dXJl", "msg=d"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is shown in:\n%s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), `cause="cannot use [redacted] here"`) {
		t.Errorf("more than the token is gone:\n%s", out.String())
	}
}
