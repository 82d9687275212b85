package main_test

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
)

// signedWith is the key id in a token.
func signedWith(t *testing.T, token string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ KID string }
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.KID
}

// publishedKeys are those of the JWKS document.
func publishedKeys(t *testing.T, url string) []string {
	t.Helper()
	_, body := get(t, url+"/.well-known/jwks.json")
	var ids []string
	for _, match := range regexp.MustCompile(`"kid":"([^"]+)"`).FindAllStringSubmatch(body, -1) {
		ids = append(ids, match[1])
	}
	return ids
}

// The commands work beside a server, which follows by itself.
func TestKeyCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	clock := servertest.NewClock()
	d := serveAt(t, clock.Now, "--demo", "--data", data, "--issuer", issuer, "--algorithm", "EdDSA")
	_, s := login(t, d.url, demoEmail, demoPassword)
	first := signedWith(t, s.access)
	command := func(code int, args ...string) string {
		t.Helper()
		got := runAt(t, clock.Now, append([]string{"key", args[0], "--data", data}, args[1:]...)...)
		if got.code != code {
			t.Fatalf("key %v: code %d: %s", args, got.code, got.err)
		}
		return got.out + got.err
	}
	states := func() (states []string) {
		t.Helper()
		for line := range strings.Lines(command(0, "list", "--json")) {
			var key struct{ State, Algorithm string }
			if err := json.Unmarshal([]byte(line), &key); err != nil || key.Algorithm != "EdDSA" {
				t.Fatalf("%s: %v", line, err)
			}
			states = append(states, key.State)
		}
		return states
	}

	if text := command(0, "list"); !strings.HasPrefix(text, "KEY ") || !strings.Contains(text, first) || !strings.Contains(text, "signs") {
		t.Errorf("list:\n%s", text)
	}
	next := regexp.MustCompile(`added (\S+);`).FindStringSubmatch(command(0, "rotate"))
	if got := states(); len(next) != 2 || !slices.Equal(got, []string{"signs", "published"}) {
		t.Fatalf("rotated to %v, states %v", next, got)
	}
	clock.Advance(minute)
	if got := publishedKeys(t, d.url); !slices.Equal(got, []string{first, next[1]}) {
		t.Errorf("the server publishes %v", got)
	}
	clock.Advance(9 * minute)
	_, s = refresh(t, d.url, s)
	if got := states(); signedWith(t, s.access) != next[1] || !slices.Equal(got, []string{"verifies", "signs"}) {
		t.Errorf("signs with %s, want %s; states %v", signedWith(t, s.access), next[1], got)
	}

	if text := command(0, "revoke", next[1]); !strings.Contains(text, "sessions live on") {
		t.Errorf("revoke: %s", text)
	}
	clock.Advance(minute)
	status, s := refresh(t, d.url, session{cookie: s.cookie})
	if got := states(); status != 200 || slices.Contains([]string{first, next[1]}, signedWith(t, s.access)) ||
		!slices.Equal(got, []string{"verifies", "revoked", "signs"}) {
		t.Errorf("after the revocation: %d, signed with %s, states %v", status, signedWith(t, s.access), got)
	}
	if got := publishedKeys(t, d.url); slices.Contains(got, next[1]) {
		t.Errorf("the server publishes %v", got)
	}
}

func TestKeyCommandsRefuse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	serve(t, "--data", data).stop()
	wantBadCommands(t, []badCommand{
		{"no command", []string{"key"}, 2, "say what to do with keys"},
		{"no key", []string{"key", "revoke", "--data", data}, 2, "needs a key id"},
		{"two keys", []string{"key", "revoke", "--data", data, "a", "b"}, 2, `unexpected argument "b"`},
		{"a key that is not there", []string{"key", "revoke", "--data", data, "a"}, 1, `no key has the id "a"; "key list" shows the ids`},
		{"one that looks like an option", []string{"key", "revoke", "--data", data, "-" + strings.Repeat("a", 42)}, 1, "no key has the id"},
		{"surplus argument", []string{"key", "rotate", "--data", data, "now"}, 2, `unexpected argument "now"`},
		{"no database", []string{"key", "list", "--data", data + "x"}, 1, "there is no database in"},
		{"no secret", []string{"key", "rotate", "--data", data, "--secret-file", data + "/none"}, 1, "--secret-file"},
	})
}
