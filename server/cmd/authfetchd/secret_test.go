package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
	"github.com/authfetch/authfetch/server/servertest"
)

const (
	minute = time.Minute
	hour   = time.Hour
)

// runAt is run with a clock.
func runAt(t *testing.T, now func() time.Time, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	err := main.Run(t.Context(), args, main.System{In: strings.NewReader(""), Out: &out, Err: &errs, Now: now})
	code := main.Report(&errs, err)
	return result{code, out.String(), errs.String()}
}

// The server secret is replaced, step by step as the help says it. Two users are
// signed in all the while, and stay so; one of them is idle for the first half.
func TestReplaceTheSecret(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	clock := servertest.NewClock()
	start := func() daemon {
		t.Helper()
		return serveAt(t, clock.Now, "--demo", "--data", data, "--issuer", issuer)
	}
	command := func(code int, args ...string) string {
		t.Helper()
		got := runAt(t, clock.Now, append([]string{"secret", args[0], "--data", data}, args[1:]...)...)
		if got.code != code {
			t.Fatalf("secret %v: code %d, want %d: %s%s", args, got.code, code, got.out, got.err)
		}
		return got.out + got.err
	}
	refreshed := func(d daemon, s session) session {
		t.Helper()
		status, s := refresh(t, d.url, s)
		if status != 200 {
			t.Fatalf("refresh: %d", status)
		}
		return s
	}
	mintedWith := func(s session) string {
		t.Helper()
		_, token, _ := strings.Cut(s.cookie, "=")
		return signedWith(t, token)
	}
	d := start()
	_, busy := login(t, d.url, demoEmail, demoPassword)
	_, idle := login(t, d.url, demoEmail, demoPassword)
	old := mintedWith(busy)

	added := regexp.MustCompile(`added (\S+) to`).FindStringSubmatch(command(0, "add"))
	if len(added) != 2 {
		t.Fatal("secret add does not say what it added")
	}
	id := added[1]
	d.stop()
	d = start()
	if busy = refreshed(d, busy); mintedWith(busy) != old {
		t.Error("the new secret mints before every server can know it")
	}

	if text := command(0, "use", id); !strings.Contains(text, "start each of them anew") {
		t.Errorf("use: %s", text)
	}
	if text := command(1, "remove", old); !strings.Contains(text, "start every server anew") {
		t.Errorf("remove, before any server mints with the new one: %s", text)
	}
	// A key made in between has to open for a server that runs with the old one.
	if got := runAt(t, clock.Now, "key", "rotate", "--data", data); got.code != 0 {
		t.Fatal(got.err)
	}
	clock.Advance(minute)
	if got := publishedKeys(t, d.url); len(got) != 2 {
		t.Errorf("the running server has %d keys, want 2", len(got))
	}
	d.stop()
	d = start()
	busy = refreshed(d, session{cookie: busy.cookie})
	if mintedWith(busy) != id {
		t.Error("a token of the old secret is not answered with one of the new")
	}
	list := command(0, "list")
	if !regexp.MustCompile(id+`\s+mints\s+mints\s+2\s+2`).MatchString(list) || !regexp.MustCompile(old+`\s+verifies\s+verifies\s+0\s+2`).MatchString(list) {
		t.Errorf("list:\n%s", list)
	}
	if text := command(1, "remove", id); !strings.Contains(text, "secret use") {
		t.Errorf("remove the one that mints: %s", text)
	}

	// After the hour in which servers are started anew, a refresh counts.
	clock.Advance(hour)
	busy = refreshed(d, session{cookie: busy.cookie})
	if text := command(1, "remove", old); !strings.Contains(text, "1 live session") || !strings.Contains(text, "--sign-out") {
		t.Errorf("remove while somebody depends on it: %s", text)
	}
	idle = refreshed(d, session{cookie: idle.cookie})
	if text := command(0, "remove", old); !strings.Contains(text, "removed "+old) {
		t.Errorf("remove: %s", text)
	}
	d.stop()
	d = start()
	for _, s := range []session{busy, idle} {
		refreshed(d, session{cookie: s.cookie})
	}
	text, err := os.ReadFile(filepath.Join(data, "secret"))
	if err != nil || strings.Contains(string(text), old) || !strings.Contains(string(text), id) {
		t.Errorf("the old secret is still in the file (%v)", err)
	}
}

// Whoever cannot wait signs those out who depend on the old secret, and only them.
func TestRemoveASecretAtOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serve(t, "--demo", "--data", data, "--issuer", issuer)
	_, s := login(t, d.url, demoEmail, demoPassword)
	d.stop()
	list := run(t, nil, "", "secret", "list", "--data", data)
	old := regexp.MustCompile(`(?m)^(\S+)\s+mints`).FindStringSubmatch(list.out)[1]
	added := regexp.MustCompile(`added (\S+) to`).FindStringSubmatch(run(t, nil, "", "secret", "add", "--data", data).out)
	if got := run(t, nil, "", "secret", "use", "--data", data, added[1]); got.code != 0 {
		t.Fatal(got.err)
	}
	serve(t, "--data", data, "--issuer", issuer).stop()
	if got := run(t, nil, "", "secret", "remove", "--data", data, "--sign-out", old); got.code != 0 {
		t.Fatal(got.err)
	}
	d = serve(t, "--data", data, "--issuer", issuer)
	if status, _ := refresh(t, d.url, session{cookie: s.cookie}); status != 401 {
		t.Errorf("a token of the removed secret: %d", status)
	}
	if status, _ := login(t, d.url, demoEmail, demoPassword); status != 201 {
		t.Errorf("login: %d", status)
	}
}

func TestSecretCommandsRefuse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	serve(t, "--data", data).stop()
	wantBadCommands(t, []badCommand{
		{"no command", []string{"secret"}, 2, "say what to do with secrets"},
		{"no id", []string{"secret", "use", "--data", data}, 2, "needs the id of a secret"},
		{"two ids", []string{"secret", "remove", "--data", data, "a", "b"}, 2, `unexpected argument "b"`},
		{"unknown id", []string{"secret", "use", "--data", data, "a"}, 1, `no secret has the id "a"; "secret list" shows them`},
		{"unknown id to remove", []string{"secret", "remove", "--data", data, "a"}, 1, `no secret has the id "a"`},
		{"no file", []string{"secret", "add", "--data", data, "--secret-file", data + "/none"}, 1, "--secret-file"},
		{"no directory", []string{"secret", "add", "--data", data + "x"}, 1, "--data"},
		{"no database", []string{"secret", "list", "--data", data + "x"}, 1, "there is no database in"},
	})
}
