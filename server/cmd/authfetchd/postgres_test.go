package main_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// Every command does on PostgreSQL what it does on a file.
func TestCommandsOnPostgres(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	data := filepath.Join(t.TempDir(), "data")
	var ran []string
	saved := make(map[string]string) // what an earlier command printed, for a later one
	step := func(code int, want string, args ...string) {
		t.Helper()
		for i, arg := range args {
			if name, found := strings.CutPrefix(arg, "$"); found {
				args[i] = saved[name]
			}
		}
		name := strings.Join(args[:min(2, len(args))], " ")
		options := slices.IndexFunc(args, func(arg string) bool { return arg == "|" })
		args = slices.Concat(args[:options], []string{"--database", url, "--data", data}, args[options+1:])
		got := run(t, nil, "correct horse\n", args...)
		match := regexp.MustCompile(want).FindStringSubmatch(got.out + got.err)
		if got.code != code || match == nil {
			t.Errorf("%s: %+v\nwant code %d and %q", name, got, code, want)
		}
		if len(match) == 2 {
			saved[name] = match[1]
		}
		ran = append(ran, strings.TrimSuffix(name, " |"))
	}
	const ada = "ada@example.com"
	step(1, `/test_\d+ has no tables of ours; name another`, "user", "list", "|")
	step(1, "has no tables of ours", "user", "add", "|", ada)
	step(0, `^`+regexp.QuoteMeta(shown(url))+` would be brought from schema 0 to [1-9]\d*\n$`, "migrate", "|", "--dry-run")
	step(1, "has no tables of ours", "session", "list", "|")
	step(0, `^`+regexp.QuoteMeta(shown(url))+` was brought from schema 0 to [1-9]\d*\n$`, "migrate", "|")
	step(0, `has schema [1-9]\d*, the latest\n$`, "migrate", "|")
	step(0, "added "+ada, "user", "add", "|", ada)
	step(0, "disabled "+ada, "user", "disable", "|", ada)
	step(0, "disabled 20", "user", "list", "|")
	step(0, "enabled "+ada, "user", "enable", "|", ada)
	step(0, "set the password", "user", "passwd", "|", ada)
	if _, err := os.Stat(data); err == nil {
		t.Error("a data directory was made that nothing is in")
	}

	d := serve(t, "--database", url, "--data", data, "--issuer", issuer)
	ran = append(ran, "serve")
	if want := "  database  " + shown(url) + "\n"; !strings.Contains(d.out, want) {
		t.Errorf("printed\n%s\nwant %q", d.out, want)
	}
	if status, _ := login(t, d.url, ada, "correct horse"); status != 201 {
		t.Fatalf("login: %d", status)
	}
	step(0, `\n(\S+) +ada@example.com .*127\.0\.0\.1`, "session", "list", "|")
	step(0, "ended 1 session", "session", "revoke", "|", "$session list")
	step(0, `added (\S+);`, "key", "rotate", "|")
	step(0, `signs\n(?s:.*)published`, "key", "list", "|")
	step(0, "revoked ", "key", "revoke", "|", "$key rotate")
	step(0, `(\S+) +mints +mints +1 +0`, "secret", "list", "|")
	step(0, `added (\S+) to `+regexp.QuoteMeta(data), "secret", "add", "|")
	step(0, " mints, once a server has been started", "secret", "use", "|", "$secret add")
	step(1, "is in use", "secret", "remove", "|", "$secret list")
	d.stop()
	serve(t, "--database", url, "--data", data, "--issuer", issuer).stop()
	step(0, "removed ", "secret", "remove", "|", "$secret list")
	if _, err := os.Stat(filepath.Join(data, "authfetch.db")); err == nil {
		t.Error("a SQLite file was made as well")
	}
	for _, name := range slices.Sorted(maps.Keys(commandNames(t))) {
		if name != "version" && !slices.Contains(ran, name) {
			t.Errorf("%s was not tried", name)
		}
	}

	t.Run("the URL from the environment", func(t *testing.T) {
		got := run(t, map[string]string{"AUTHFETCH_DATABASE": url}, "", "user", "list")
		if got.code != 0 || !strings.Contains(got.out, ada) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("the password from libpq's environment", func(t *testing.T) {
		password := regexp.MustCompile(`:([^:@/]+)@`).FindStringSubmatch(url)[1]
		t.Setenv("PGPASSWORD", password)
		got := run(t, nil, "", "user", "list", "--database", strings.Replace(url, ":"+password, "", 1))
		if got.code != 0 || !strings.Contains(got.out, ada) {
			t.Errorf("%+v", got)
		}
	})
}

// While a fleet is upgraded, one server is older than the tables.
func TestMigrateAfterANewerVersion(t *testing.T) {
	p := newPostgres(t, "").(postgres)
	if _, err := p.open(t).Exec(t.Context(), "INSERT INTO authfetch.goose_db_version (version_id, is_applied) VALUES (999, true)"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--dry-run"}} {
		got := run(t, nil, "", append(args, p.options()...)...)
		if got.code != 0 || !regexp.MustCompile(`has schema 999, of a newer version; this program knows \d+, and can work with it\n$`).MatchString(got.out) {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// Servers that share a database share the secret; each has a data directory.
func TestServersOnOneDatabase(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	first, second := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")
	d := serve(t, "--demo", "--database", url, "--data", first, "--issuer", issuer)
	_, s := login(t, d.url, demoEmail, demoPassword)
	refused := func(want string) {
		t.Helper()
		got := run(t, nil, "", "serve", "--addr", "127.0.0.1:0", "--database", url, "--data", second, "--issuer", issuer)
		if got.code != 1 || !strings.Contains(got.err, want) {
			t.Errorf("code %d: %s\nwant %q", got.code, got.err, want)
		}
	}
	copied := filepath.Join(second, "secret")
	refused("copy it to " + copied + " from another server on the database")
	if _, err := os.Stat(copied); err == nil {
		t.Error("it made a secret of its own")
	}
	serve(t, "--data", second).stop() // one makes a secret
	refused(copied + ": database belongs to another server secret; copy the secret file from another server on it")
	text, err := os.ReadFile(filepath.Join(first, "secret"))
	if err == nil {
		err = os.WriteFile(copied, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	other := serve(t, "--database", url, "--data", second, "--issuer", issuer)
	for _, server := range []daemon{other, d, other} {
		status := 0
		if status, s = refresh(t, server.url, s); status != 200 {
			t.Errorf("refresh: %d", status)
		}
	}
}

func TestClocksApart(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	if got := run(t, nil, "", "migrate", "--database", url); got.code != 0 {
		t.Fatal(got.err)
	}
	clock := servertest.NewClock()
	data := t.TempDir()
	for _, row := range []struct {
		name   string
		theirs time.Duration // from ours
		args   []string
		want   string // in the log; empty: nothing
	}{
		{"the same", 0, nil, ""},
		{"as far as clocks may be", 30 * time.Second, nil, ""},
		{"as far behind as clocks may be", -30 * time.Second, nil, ""},
		{"behind", 5 * time.Minute, nil, `level=WARN msg="the clock of this machine is behind the database's; set both by NTP`},
		{"how far behind", 5 * time.Minute, nil, "by=5m leeway=30s\n"},
		{"ahead", -31 * time.Second, nil, `the clock of this machine is ahead of the database's`},
		{"how far ahead", -31 * time.Second, nil, "by=31s "},
		{"as far as was said", time.Minute, []string{"--leeway", "1m"}, ""},
	} {
		pgtest.SetClock(t, url, clock.Now().Add(row.theirs))
		got := serveAt(t, clock.Now, append(row.args, "--database", url, "--data", data)...).stop()
		if found := strings.Contains(got.err, "the clock of this machine"); found != (row.want != "") || !strings.Contains(got.err, row.want) {
			t.Errorf("%s: logged %q, want %q", row.name, got.err, row.want)
		}
	}
}

// Three refreshes wait for somebody else's lock, each on a connection.
func TestConnectionsAreCounted(t *testing.T) {
	on := engine(func(t *testing.T, data string) base {
		p := newPostgres(t, data).(postgres)
		p.pool = "&pool_max_conns=7"
		return p
	})
	s := on.newSite(t, "--admin-addr", "127.0.0.1:0")
	var requests []*http.Request
	for range 3 {
		requests = append(requests, s.signedIn().RefreshRequest())
	}
	release := s.db.lock(t)
	var waiting sync.WaitGroup
	waiting.Go(func() { together(t, requests) })
	want := regexp.MustCompile(`(?m)^authfetch_database_connections{state="acquired"} [3-7]
authfetch_database_connections{state="idle"} [0-4]
authfetch_database_connections{state="max"} 7
(?:#.*\n)*authfetch_database_waits_total [1-9]\d*$`)
	body := ""
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) && !want.MatchString(body); {
		_, body = get(t, adminURL(t, s.daemon)+"/metrics")
	}
	if !want.MatchString(body) {
		t.Errorf("want %s in\n%s", want, body)
	}
	release()
	waiting.Wait()
}

func TestWithoutUsersOnPostgres(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	d := serve(t, "--database", url, "--data", t.TempDir())
	if got, want := d.stop().out, "no users yet: authfetchd user add --database "+shown(url)+" EMAIL\n"; !strings.Contains(got, want) {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// shown is how the program shows a URL, without password and parameters.
func shown(url string) string {
	return regexp.MustCompile(`:[^:@/]+(@)|\?.*`).ReplaceAllString(url, "$1")
}
