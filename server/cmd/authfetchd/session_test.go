package main_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
)

// add adds a user to a data directory.
func add(t *testing.T, data, email, password string) {
	t.Helper()
	if got := run(t, nil, password+"\n", "user", "add", "--data", data, email); got.code != 0 {
		t.Fatal(got.err)
	}
}

// The commands work beside a running server, which obeys them at once.
func TestSessionCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serve(t, "--demo", "--data", data)
	add(t, data, "ada@example.com", "correct horse")
	sign := func(email, password string) session {
		t.Helper()
		status, s := login(t, d.url, email, password)
		if status != 201 {
			t.Fatalf("login of %s: %d", email, status)
		}
		return s
	}
	first, second := sign("ada@example.com", "correct horse"), sign("ada@example.com", "correct horse")
	other := sign(demoEmail, demoPassword)
	command := func(args ...string) result {
		t.Helper()
		return run(t, nil, "", append([]string{"session", args[0], "--data", data}, args[1:]...)...)
	}
	live := func(s session) bool {
		status, _ := refresh(t, d.url, s)
		return status == 200
	}

	all := command("list")
	if lines := strings.Count(all.out, "\n"); lines != 4 || !strings.HasPrefix(all.out, "SESSION ") {
		t.Errorf("%+v", all)
	}
	for _, secret := range append(strings.Split(first.cookie, ".")[1:], strings.Split(first.access, ".")[1:]...) {
		if strings.Contains(all.out, secret) {
			t.Errorf("%q is shown in\n%s", secret, all.out)
		}
	}
	var ids []string
	for line := range strings.Lines(command("list", "--json", "ADA@example.com").out) {
		var s struct {
			ID, Email string
			Address   string
			Created   string `json:"created_at"`
		}
		if err := json.Unmarshal([]byte(line), &s); err != nil || s.Email != "ada@example.com" || s.Address != "127.0.0.1" || s.Created == "" {
			t.Errorf("%s: %+v, error %v", line, s, err)
		}
		ids = append(ids, s.ID)
	}
	if len(ids) != 2 {
		t.Fatalf("the sessions of ada are %q", ids)
	}

	// One unknown id, and nothing happens.
	if got := command("revoke", ids[0], "unknown"); got.code != 1 || !strings.Contains(got.err, `no session has the id "unknown", and none was ended`) {
		t.Errorf("%+v", got)
	}
	if got := command("list", "ada@example.com"); strings.Count(got.out, "\n") != 3 {
		t.Errorf("after a refused command: %+v", got)
	}
	if got := command("revoke", ids[0]); got.out != "ended 1 session\n" { // the newest sign-in
		t.Errorf("%+v", got)
	}
	if live(second) || !live(first) {
		t.Error("another session than the one named has ended")
	}
	if got := command("revoke", ids[0], ids[1]); got.out != "ended 1 session\n" {
		t.Errorf("an ended session is ended again: %+v", got)
	}
	third := sign("ada@example.com", "correct horse")
	if got := command("revoke", "--user", "ada@example.com"); got.out != "ended 1 session\n" {
		t.Errorf("%+v", got)
	}
	if live(third) || !live(other) {
		t.Error("--user ends other sessions than the user's")
	}
	sign("ada@example.com", "correct horse")
	if got := command("revoke", "--all"); got.out != "ended 2 sessions\n" {
		t.Errorf("%+v", got)
	}
	if got := command("list"); strings.Count(got.out, "\n") != 1 {
		t.Errorf("after the end of all: %+v", got)
	}
	if got := command("list", "bob@example.com"); got.code != 1 || !strings.Contains(got.err, "no user has") {
		t.Errorf("%+v", got)
	}
}

// A client may call itself anything; the operator's terminal does not obey it.
func TestSessionListIsPlainText(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serve(t, "--demo", "--data", data)
	browser := servertest.NewBrowser(t, d.url)
	browser.Login(demoEmail, demoPassword)
	req := browser.RefreshRequest()
	req.Header.Set("User-Agent", "evil\t\u009b2J\u202egoog")
	if res := browser.Do(req); res.Status != 200 {
		t.Fatalf("refresh: %d", res.Status)
	}
	got := run(t, nil, "", "session", "list", "--data", data)
	if !strings.Contains(got.out, "evil??2J?goog\n") {
		t.Errorf("%q", got.out)
	}
}

func TestUserListAsJSON(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	add(t, data, "ada@example.com", "correct horse")
	got := run(t, nil, "", "user", "list", "--json", "--data", data)
	if !regexp.MustCompile(`^\{"id":"\w+","email":"ada@example.com","name":"","created_at":"20[^"]+Z"\}\n$`).MatchString(got.out) {
		t.Errorf("%q", got.out)
	}
}
