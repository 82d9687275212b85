package server_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestAudit(t *testing.T) {
	client := rotation.Client{UserAgent: "Mozilla/5.0", Address: "192.0.2.1"}
	fields := func(names ...string) []string { return append(names, "event", "address", "user_agent") }
	for _, row := range []struct {
		name   string
		event  server.Event
		level  string
		text   string // in the message
		fields []string
	}{
		{"sign-in", server.Event{Type: server.EventLogin, Outcome: rotation.Begun, UserID: "u1", SessionID: "s1"}, "INFO", "signed in", fields("outcome", "user", "session")},
		{"sign-in refused", server.Event{Type: server.EventLogin, Code: wire.InvalidCredentials}, "INFO", "sign-in refused", fields("code")},
		{"throttled", server.Event{Type: server.EventLogin, Code: wire.Throttled}, "INFO", "sign-in refused", fields("code")},
		{"refresh", server.Event{Type: server.EventRefresh, Outcome: rotation.Rotated, UserID: "u1", SessionID: "s1"}, "DEBUG", "refreshed", fields("outcome", "user", "session")},
		{"refresh of a visitor", server.Event{Type: server.EventRefresh, Code: wire.RefreshMissing}, "DEBUG", "refresh refused", fields("code")},
		{"refresh overtaken", server.Event{Type: server.EventRefresh, Code: wire.RefreshSuperseded, Outcome: rotation.Superseded}, "DEBUG", "refresh refused", fields("code", "outcome")},
		{"refresh after the end", server.Event{Type: server.EventRefresh, Code: wire.SessionRevoked, Reason: wire.ReasonAdmin, Outcome: rotation.Revoked}, "INFO", "refresh refused", fields("code", "reason", "outcome")},
		{"our own trouble", server.Event{Type: server.EventRefresh, Code: wire.TemporarilyUnavailable}, "INFO", "refresh refused", fields("code")},
		{"recovered", server.Event{Type: server.EventRefresh, Outcome: rotation.Recovered, Rotation: &rotation.Event{}}, "INFO", "lost an answer", fields("outcome", "rotation")},
		{"forwarded", server.Event{Type: server.EventRefresh, Outcome: rotation.Forwarded, UserID: "u1", SessionID: "s1"}, "INFO", "newer than the database", fields("outcome", "user", "session")},
		{"theft", server.Event{Type: server.EventRefresh, Code: wire.RefreshReused, Outcome: rotation.Reused, Reason: wire.ReasonReuse, Sessions: 1, Rotation: &rotation.Event{}}, "WARN", "somebody may have a copy", fields("code", "outcome", "reason", "sessions", "rotation")},
		{"loop", server.Event{Type: server.EventRefresh, Code: wire.RefreshStorm, Outcome: rotation.Stormed, Rotation: &rotation.Event{}}, "WARN", "in a loop", fields("code", "outcome", "rotation")},
		{"backup", server.Event{Type: server.EventRefresh, Code: wire.SessionUnknown, Outcome: rotation.Unknown, Rotation: &rotation.Event{}}, "WARN", "backup", fields("code", "outcome", "rotation")},
		{"cookie without its key", server.Event{Type: server.EventRefresh, Code: wire.InvalidDPoPProof, Outcome: rotation.Unproven, Rotation: &rotation.Event{}}, "WARN", "somebody may have its cookie alone", fields("code", "outcome", "rotation")},
		{"another key", server.Event{Type: server.EventRefresh, Code: wire.DPoPKeyMismatch, Outcome: rotation.Mismatched, Rotation: &rotation.Event{}}, "INFO", "bound to another key", fields("code", "outcome", "rotation")},
		{"no key where one is needed", server.Event{Type: server.EventRefresh, Code: wire.InvalidDPoPProof, Outcome: rotation.Unbound}, "INFO", "refresh refused", fields("code", "outcome")},
		{"a bad proof", server.Event{Type: server.EventRefresh, Code: wire.InvalidDPoPProof, SessionID: "s1"}, "INFO", "refresh refused: the proof of the client's key", fields("code", "session")},
		{"a bad proof at the sign-in", server.Event{Type: server.EventLogin, Code: wire.InvalidDPoPProof}, "INFO", "sign-in refused: the proof of the client's key", fields("code")},
		{"the first proof", server.Event{Type: server.EventLogin, Code: wire.UseDPoPNonce}, "DEBUG", "sign-in refused", fields("code")},
		{"sign-out", server.Event{Type: server.EventLogout, Sessions: 1, Reason: wire.ReasonLogout}, "INFO", "signed out", fields("sessions", "reason")},
		{"registration", server.Event{Type: server.EventRegistration, UserID: "u1"}, "INFO", "registered", fields("user")},
		{"registration refused", server.Event{Type: server.EventRegistration, Code: wire.EmailTaken}, "INFO", "registration refused", fields("code")},
		{"password", server.Event{Type: server.EventPasswordChange, Sessions: 2, Reason: wire.ReasonPasswordChange}, "INFO", "password changed", fields("sessions", "reason")},
		{"password refused", server.Event{Type: server.EventPasswordChange, Code: wire.WrongPassword}, "INFO", "password change refused", fields("code")},
		{"end of sessions", server.Event{Type: server.EventSessionsEnded, Sessions: 2, Reason: wire.ReasonLogout}, "INFO", "sessions ended", fields("sessions", "reason")},
		{"end of sessions refused", server.Event{Type: server.EventSessionsEnded, Code: wire.NotFound}, "INFO", "ending sessions refused", fields("code")},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			audit := server.NewAudit(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
			row.event.Client = client
			audit.Observe(t.Context(), row.event)
			var record map[string]any
			if err := json.Unmarshal(out.Bytes(), &record); err != nil {
				t.Fatalf("not one record: %v\n%s", err, &out)
			}
			text, _ := record["msg"].(string)
			if record["level"] != row.level || !strings.Contains(text, row.text) || record["event"] != string(row.event.Type) {
				t.Errorf("level %v, message %q, event %v; want %s with %q", record["level"], text, record["event"], row.level, row.text)
			}
			if record["address"] != client.Address || record["user_agent"] != client.UserAgent {
				t.Errorf("by %v, %v", record["address"], record["user_agent"])
			}
			maps.DeleteFunc(record, func(name string, _ any) bool { return slices.Contains([]string{"time", "level", "msg"}, name) })
			slices.Sort(row.fields)
			if got := slices.Sorted(maps.Keys(record)); !slices.Equal(got, row.fields) {
				t.Errorf("fields %q, want %q", got, row.fields)
			}
		})
	}
}

// What an operator has to go by after a theft.
func TestAuditOfATheft(t *testing.T) {
	s := start(t) // nobody has set an observer
	b := signedIn(t, s)
	thief := b.Copy()
	for range 3 {
		wantStatus(t, b.Refresh(), 200)
	}
	s.Clock.Advance(time.Hour)
	claims := claimsOf(t, s, signedIn(t, s))
	req := thief.RefreshRequest()
	req.Header.Set("User-Agent", "curl/8")
	wantRefusal(t, thief.Do(req), wire.RefreshReused)
	var record string
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, "level=WARN") {
			record += line
		}
	}
	for _, want := range []string{
		"event=refresh", "code=refresh_reused", "outcome=reused", "reason=reuse", "sessions=1", "user=" + claims.UserID,
		"address=127.0.0.1", "user_agent=curl/8", "rotation.presented=0", "rotation.current=3", "rotation.age=1h0m0s",
		"rotation.last_address=127.0.0.1", "rotation.last_user_agent=Go-http-client/1.1", "rotation.why=",
	} {
		if !strings.Contains(record, want) {
			t.Errorf("no %s in %q", want, record)
		}
	}
	if strings.Count(record, "\n") != 1 {
		t.Errorf("more than one alarm:\n%s", record)
	}
}
