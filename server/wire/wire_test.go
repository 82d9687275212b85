package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

// update writes the golden files anew, for a change that is meant. Pages that
// were loaded before the change have to understand the result.
var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, message := range map[string]any{
		"credentials": wire.Credentials{Email: "user@example.com", Password: "pa55w0rd"},
		"token":       wire.Token{AccessToken: "header.claims.signature", TokenType: wire.SchemeBearer, ExpiresIn: 300},
		"token_bound": wire.Token{AccessToken: "header.claims.signature", TokenType: wire.SchemeDPoP, ExpiresIn: 300},
		"user":        wire.User{ID: "u1", Email: "user@example.com", Name: "Demo User", CreatedAt: "2026-01-02T03:04:05Z"},
		"sessions": wire.Sessions{Sessions: []wire.Session{{
			ID: "s1", CreatedAt: "2026-01-02T03:04:05Z", LastUsedAt: "2026-01-03T03:04:05Z",
			UserAgent: "Mozilla/5.0", Address: "192.0.2.1", Current: true,
		}}},
		"password_change": wire.PasswordChange{OldPassword: "pa55w0rd", NewPassword: "correct horse"},
		"registration":    wire.Registration{Email: "user@example.com", Password: "pa55w0rd", Name: "Demo User"},
		"problem": wire.Problem{
			Type: "about:blank", Title: "Unauthorized", Status: 401, Detail: "the session was ended; sign in again",
			Code: wire.SessionRevoked, Reason: wire.ReasonReuse,
		},
		"problem_least": wire.Problem{Type: "about:blank", Title: "Not Found", Status: 404, Code: wire.NotFound},
		"health":        wire.Health{Status: "ok"},
		"health_bad":    wire.Health{Status: "unavailable", Missing: wire.MissingDatabase},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(message, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name+".json", append(got, '\n'))
		})
	}
}

// TestGoldenCodes pins which codes there are and the status of each: a client
// decides by them whether its session is over.
func TestGoldenCodes(t *testing.T) {
	var got bytes.Buffer
	for _, code := range wire.Codes() {
		fmt.Fprintf(&got, "%d %s\n", code.Status(), code)
	}
	compare(t, "codes.txt", got.Bytes())
}

// TestGoldenNames pins the names that both sides spell.
func TestGoldenNames(t *testing.T) {
	got := strings.Join([]string{
		wire.DefaultPrefix,
		wire.PathAuth, wire.PathRefresh, wire.PathMe, wire.PathSessions, wire.PathUsers, wire.PathPassword,
		"?" + wire.QueryScope + "=" + wire.ScopeAll,
		wire.PathJWKS, wire.PathHealth, wire.PathReady,
		wire.HeaderAuthFetch + ": " + wire.HeaderAuthFetchValue, wire.HeaderAuthorization + ": " + wire.SchemeBearer,
		wire.HeaderAuthorization + ": " + wire.SchemeDPoP,
		wire.HeaderChallenge, wire.HeaderRetryAfter, wire.HeaderDPoP, wire.HeaderDPoPNonce,
		wire.TypeJSON, wire.TypeProblem,
		wire.FieldEmail, wire.FieldPassword, wire.FieldAccessToken, wire.FieldTokenType, wire.FieldExpiresIn,
		wire.FieldCode, wire.FieldReason,
		wire.ChallengeInvalidToken, wire.ChallengeInsufficientScope,
		wire.ChallengeUseDPoPNonce, wire.ChallengeInvalidDPoPProof,
		string(wire.ReasonReuse), string(wire.ReasonLogout), string(wire.ReasonPasswordChange),
		string(wire.ReasonDisabled), string(wire.ReasonAdmin), string(wire.ReasonReplaced),
	}, "\n")
	compare(t, "names.txt", []byte(got+"\n"))
}

// TestFieldNames holds the constants, by which the module reads, to the tags, by
// which the server writes.
func TestFieldNames(t *testing.T) {
	for _, row := range []struct {
		message any
		fields  []string
	}{
		{wire.Credentials{}, []string{wire.FieldEmail, wire.FieldPassword}},
		{wire.PasswordChange{}, []string{wire.FieldOldPassword, wire.FieldNewPassword}},
		{wire.Token{}, []string{wire.FieldAccessToken, wire.FieldTokenType, wire.FieldExpiresIn}},
		{wire.Problem{Reason: wire.ReasonReuse}, []string{wire.FieldCode, wire.FieldReason}},
	} {
		text, err := json.Marshal(row.message)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range row.fields {
			if !strings.Contains(string(text), `"`+field+`":`) {
				t.Errorf("%T has no field %q: %s", row.message, field, text)
			}
		}
	}
}

func TestAnUnknownCodeIsOurFault(t *testing.T) {
	if got := wire.Code("no such code").Status(); got != 500 {
		t.Errorf("status %d, want 500", got)
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; if that is meant, run the test with -update\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}
