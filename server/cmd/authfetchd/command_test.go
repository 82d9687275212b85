package main_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

func TestUsage(t *testing.T) {
	for _, row := range []struct {
		name string
		env  map[string]string
		args []string
		want string // on the standard error
	}{
		{"nothing", nil, nil, "no command given"},
		{"unknown command", nil, []string{"start"}, `unknown command "start"`},
		{"unknown flag", nil, []string{"serve", "--adr", "x"}, "not defined: --adr"},
		{"surplus argument", nil, []string{"serve", "now"}, `unexpected argument "now"`},
		{"any origin", nil, []string{"serve", "--origin=*"}, "list the origins of your pages"},
		{"any origin among others", nil, []string{"serve", "--origin=https://a.example", "--origin=*"}, "list the origins of your pages"},
		{"origin with a path", nil, []string{"serve", "--origin=https://a.example/"}, `write "https://a.example"`},
		{"zero duration", nil, []string{"serve", "--access-ttl=0s"}, "want a second or more"},
		{"negative duration", nil, []string{"serve", "--grace=-5s"}, "want a second or more"},
		{"no duration", nil, []string{"serve", "--idle-ttl=30"}, "want a duration such as"},
		{"idle longer than absolute", nil, []string{"serve", "--idle-ttl=3h", "--absolute-ttl=2h"}, "--idle-ttl is longer"},
		{"value missing", nil, []string{"serve", "--addr"}, "needs an argument: --addr"},
		{"value with a dash", nil, []string{"serve", "--idle-ttl=a -b"}, `"a -b" for flag --idle-ttl`},
		{"neither true nor false", nil, []string{"serve", "--demo=perhaps"}, "for --demo: want true or false"},
		{"restored at no time", nil, []string{"serve", "--restored-at=yesterday"}, "for flag --restored-at: want a time such as 2026-05-01T12:00:00Z"},
		{"restored in the future", nil, []string{"serve", "--restored-at=2999-01-01T00:00:00Z"}, "for flag --restored-at: that is ahead of the clock, which says 2"},
		{"restored in the future, by the environment", map[string]string{"AUTHFETCH_RESTORED_AT": "2999-01-01T00:00:00Z"}, []string{"serve"}, "in AUTHFETCH_RESTORED_AT: that is ahead of the clock"},
		{"address without port", nil, []string{"serve", "--addr=localhost"}, "--addr: want host:port"},
		{"port by name", nil, []string{"serve", "--addr=localhost:http"}, "--addr: want host:port"},
		{"port that no address has", nil, []string{"serve", "--addr=localhost:65536"}, "--addr: want host:port"},
		{"issuer that is no URL", nil, []string{"serve", "--issuer=api.example.com"}, "for flag --issuer"},
		{"no data directory", nil, []string{"serve", "--data="}, "--data"},
		{"no data directory for users", nil, []string{"user", "list", "--data="}, "--data"},
		{"URL for the data directory", nil, []string{"serve", "--data=postgres://db/name"}, "for flag --data: want the name of a directory; --database takes a URL"},
		{"no database", nil, []string{"serve", "--database="}, "--database: want a URL such as postgres://user@host:5432/name\n"},
		{"another kind of database", nil, []string{"user", "add", "--database=mysql://db/name", "a@b.c"}, "--database: want a URL such as postgres://"},
		{"another kind of database in the environment", map[string]string{"AUTHFETCH_DATABASE": "sqlite:x"}, []string{"migrate"}, "--database: want a URL"},
		{"database with a fragment", nil, []string{"migrate", "--database=postgres://ada@db/name#x"}, "--database: want a URL"},
		{"database with a slash in the password", nil, []string{"secret", "add", "--database=postgres://a:b/c@db/name"}, "in which a password has %2F for a slash"},
		{"unknown profile", nil, []string{"serve", "--cookie=lax"}, "choose one of host, plain"},
		{"unknown previous profile", nil, []string{"serve", "--cookie-previous=lax"}, "for flag --cookie-previous: no cookie profile"},
		{"same profile before and after", nil, []string{"serve", "--cookie-previous=host"}, "--cookie-previous"},
		{"custom cookie without the profile", nil, []string{"serve", "--cookie-name=x"}, "--cookie-name and the like is set, and no profile uses it; set --cookie, or --cookie-previous, to custom"},
		{"custom cookie that a browser would not store", nil, []string{"serve", "--cookie=custom", "--cookie-name=__Host-x"}, "--cookie-name \"__Host-x\" is a name that browsers take with Path=/ only; set --cookie-path to /"},
		{"custom cookie for plain HTTP and other sites", nil, []string{"serve", "--cookie=custom", "--cookie-insecure", "--cookie-samesite=none"}, "leave --cookie-insecure out"},
		{"custom cookie that a browser would not send", nil, []string{"serve", "--cookie=custom", "--cookie-path=/login"}, "--cookie-path"},
		{"custom cookie of a foreign domain", nil, []string{"serve", "--cookie=custom", "--cookie-domain=example.com"}, "--cookie-domain"},
		{"unknown SameSite", nil, []string{"serve", "--cookie=custom", "--cookie-samesite=loose"}, "--cookie-samesite: want strict, lax or none"},
		{"cookie for plain HTTP where others listen", nil, []string{"serve", "--cookie=custom", "--cookie-insecure", "--issuer=https://api.example.com"}, "--cookie-insecure is for development"},
		{"admin address without port", nil, []string{"serve", "--admin-addr=localhost"}, "--admin-addr: want host:port"},
		{"two certificates", nil, []string{"serve", "--dev-tls", "--tls-cert=a.pem", "--tls-key=a.pem"}, "leave one of them out"},
		{"unknown algorithm", nil, []string{"serve", "--algorithm=HS256"}, "--algorithm: want ES256, EdDSA or RS256"},
		{"no algorithm", nil, []string{"serve", "--algorithm=none"}, "--algorithm: want ES256, EdDSA or RS256"},
		{"unknown format", nil, []string{"serve", "--log-format=xml"}, "--log-format: want text or json"},
		{"unknown level", nil, []string{"serve", "--log-level=loud"}, "--log-level: want debug, info, warn or error"},
		{"proxy that is no address", nil, []string{"serve", "--trusted-proxy=proxy.local"}, "want an address such as"},
		{"certificate without key", nil, []string{"serve", "--tls-cert=a.pem"}, "--tls-cert and --tls-key go together"},
		{"everybody as a proxy", nil, []string{"serve", "--trusted-proxy=0.0.0.0/0"}, "for flag --trusted-proxy: that is everybody"},
		{"address without port in the environment", map[string]string{"AUTHFETCH_ADDR": "localhost"}, []string{"serve"}, "in AUTHFETCH_ADDR: want host:port"},
		{"wrong environment", map[string]string{"AUTHFETCH_ACCESS_TTL": "soon"}, []string{"serve"}, "in AUTHFETCH_ACCESS_TTL"},
		{"wrong switch in the environment", map[string]string{"AUTHFETCH_DEMO": "perhaps"}, []string{"serve"}, "in AUTHFETCH_DEMO: want true or false"},
		{"any origin in the environment", map[string]string{"AUTHFETCH_ORIGIN": "https://a.example,*"}, []string{"serve"}, "in AUTHFETCH_ORIGIN"},
		{"user without command", nil, []string{"user"}, "say what to do"},
		{"unknown user command", nil, []string{"user", "delete", "a@b.c"}, `unknown command "user delete"`},
		{"user without address", nil, []string{"user", "add"}, "needs an email address"},
		{"user who has no address", nil, []string{"user", "add", "ada"}, `"ada": invalid email address: want name@domain`},
		{"options behind the address", nil, []string{"user", "add", "a@b.c", "--data", "x"}, `unexpected argument "--data"; options come before`},
		{"session without command", nil, []string{"session"}, "say what to do with sessions"},
		{"unknown session command", nil, []string{"session", "end"}, `unknown command "session end"`},
		{"no session named", nil, []string{"session", "revoke"}, "say which sessions"},
		{"sessions named twice", nil, []string{"session", "revoke", "--all", "--user", "a@b.c"}, "exclude each other"},
		{"all sessions and one", nil, []string{"session", "revoke", "--all", "X"}, "exclude each other"},
		{"sessions of two users", nil, []string{"session", "list", "a@b.c", "d@e.f"}, `unexpected argument "d@e.f"`},
		{"migration of something", nil, []string{"migrate", "x"}, `unexpected argument "x"`},
		{"move from nowhere", nil, []string{"migrate", "--to", "a"}, "--from and --to go together"},
		{"move to nowhere", nil, []string{"migrate", "--from", "a"}, "--from and --to go together"},
		{"move to nothing", nil, []string{"migrate", "--from", "a", "--to", ""}, "--from and --to go together"},
		{"move to the same directory", nil, []string{"migrate", "--from", "a", "--to", "./a/"}, "--from and --to are the same database"},
		{"move to the same URL", nil, []string{"migrate", "--from", "postgres://u:hunter2@h/d", "--to", "postgres://u@h/d?sslmode=disable"}, "--from and --to are the same database"},
		{"move and a directory", nil, []string{"migrate", "--from", "a", "--to", "b", "--data", "c"}, "leave --data and --database out"},
		{"move and a database", nil, []string{"migrate", "--from", "a", "--to", "b", "--database", "postgres://h/d"}, "leave --data and --database out"},
		{"move from another kind of database", nil, []string{"migrate", "--from", "mysql://u:hunter2@h/d", "--to", "b"}, "--from: want a URL such as"},
		{"move to a URL with a password that is none", nil, []string{"migrate", "--from", "a", "--to", "postgres://u:hunter2/x@h/d"}, "--to: want a URL such as"},
		{"a variable for a move", map[string]string{"AUTHFETCH_FROM": "a"}, []string{"migrate", "--to", "b"}, "--from and --to go together"},
		{"surplus argument of a list", nil, []string{"user", "list", "x"}, "unexpected argument \"x\"\n"},
		{"misspelt variable", map[string]string{"AUTHFETCH_ORIGN": "https://a.example"}, []string{"serve"}, "AUTHFETCH_ORIGN is set and is no option; did you mean AUTHFETCH_ORIGIN?"},
		{"misspelt variable of a longer name", map[string]string{"AUTHFETCH_ACESS_TTL": "1m"}, []string{"serve"}, "did you mean AUTHFETCH_ACCESS_TTL?"},
		{"variable with letters swapped", map[string]string{"AUTHFETCH_DTAA": "x"}, []string{"user", "list"}, "did you mean AUTHFETCH_DATA?"},
		{"a variable for what is meant once", map[string]string{"AUTHFETCH_ALL": "true"}, []string{"session", "revoke"}, "say which sessions"},
		{"help for more than a command", nil, []string{"help", "user", "add", "ada"}, `unexpected argument "ada"`},
		{"version of something", nil, []string{"version", "x"}, `unexpected argument "x"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := run(t, row.env, "", row.args...)
			if got.code != 2 || !strings.Contains(got.err, row.want) || !strings.Contains(got.err, `Run "authfetchd help`) {
				t.Errorf("code %d: %s\nwant code 2 and %q", got.code, got.err, row.want)
			}
			if got.out != "" {
				t.Errorf("on the standard output: %s", got.out)
			}
			if strings.Contains(got.err, "hunter2") {
				t.Errorf("a password is shown: %s", got.err)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("files left behind: %v, error %v", left, err)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		want []string
	}{
		"program": {[]string{"help"}, []string{"serve", "user", "version", "authfetchd serve --demo"}},
		"flag":    {[]string{"--help"}, []string{"serve", "user", "version"}},
		"serve": {[]string{"serve", "--help"}, []string{
			"--addr host:port", "AUTHFETCH_ADDR\n", "(default localhost:8080)", "(default authfetch-data)", "(default 5m)",
			"--database URL", "AUTHFETCH_DATABASE\n", "~/.pgpass", "(default 720h)", "(default 2160h)", "(default 30s)", "(default host)", "(default info)", "--trusted-proxy", "AUTHFETCH_TLS_CERT",
		}},
		"help serve": {[]string{"help", "serve"}, []string{"--addr host:port"}},
		"user":       {[]string{"user", "--help"}, []string{"add EMAIL", "passwd EMAIL", "disable EMAIL", "enable EMAIL", "list"}},
		"user add":   {[]string{"user", "add", "--help"}, []string{"--name name", "--data directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", row.args...)
			if got.code != 0 || got.err != "" {
				t.Errorf("code %d: %s", got.code, got.err)
			}
			for _, want := range row.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("%q is missing in:\n%s", want, got.out)
				}
			}
		})
	}
}

// Whoever reads the help does so in a terminal of 80 columns.
func TestHelpFitsATerminal(t *testing.T) {
	seen := 0
	for pages := [][]string{nil}; len(pages) > 0; pages = pages[1:] {
		args := pages[0]
		got := run(t, nil, "", append([]string{"help"}, args...)...)
		if got.code != 0 || !strings.HasPrefix(got.out, "Usage: authfetchd "+strings.Join(args, " ")) && len(args) > 0 {
			t.Errorf("help %v: %+v", args, got)
		}
		for line := range strings.Lines(got.out) {
			if len(line)-1 > 80 {
				t.Errorf("help %v has a line of %d columns:\n%s", args, len(line)-1, line)
			}
		}
		seen++
		_, commands, _ := strings.Cut(got.out, "\nCommands:\n")
		for line := range strings.Lines(commands) {
			if name, found := strings.CutPrefix(line, "  "); !found {
				break
			} else if !strings.HasPrefix(name, " ") { // else it goes on with the line above
				pages = append(pages, append(slices.Clone(args), strings.Fields(name)[0]))
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d pages of help, which is not all of them", seen)
	}
}

func TestFailures(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // nothing was accepted
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("file", "")
	write("other/authfetch.db", strings.Repeat("not a database. ", 100))
	for _, row := range []struct {
		name string
		args []string
		want string // on the standard error
	}{
		{"port in use", []string{"serve", "--addr", listener.Addr().String(), "--data", filepath.Join(dir, "new")}, "another program listens on"},
		{"admin port in use", []string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", listener.Addr().String(), "--data", filepath.Join(dir, "new")}, "choose another port with --admin-addr"},
		{"no such address", []string{"serve", "--addr", "203.0.113.1:0", "--data", filepath.Join(dir, "new")}, "choose another address with --addr"},
		{"no certificate", []string{"serve", "--tls-cert", file, "--tls-key", file, "--data", filepath.Join(dir, "new")}, "--tls-cert"},
		{"data is a file", []string{"serve", "--addr", "127.0.0.1:0", "--data", file}, "--data"},
		{"data below a file", []string{"serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(file, "data")}, "--data"},
		{"another file in the place of the database", []string{"serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(dir, "other")}, "move it away"},
		{"users of a directory without database", []string{"user", "list", "--data", filepath.Join(dir, "new")}, "there is no database in"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := run(t, nil, "", row.args...)
			if got.code != 1 || !strings.Contains(got.err, row.want) {
				t.Errorf("code %d: %s\nwant code 1 and %q", got.code, got.err, row.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
				t.Error("the data directory was made all the same")
			}
		})
	}
}

func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		if got := run(t, nil, "", args...); got.code != 0 || !strings.HasPrefix(got.out, "authfetchd ") || strings.Count(got.out, "\n") != 1 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := run(t, nil, "", "help", "version"); !strings.HasPrefix(got.out, "Usage: authfetchd version\n") || strings.Contains(got.out, "Options") {
		t.Errorf("help of a command without options:\n%s", got.out)
	}
}

// Whoever is asked for a password can still leave.
func TestInterruptedPassword(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stdin, typing := io.Pipe()
	t.Cleanup(func() { _ = typing.Close() }) // never fails
	go func() {
		_, _ = typing.Write([]byte("half of a pass")) // returns once it is read
		cancel()
	}()
	data := filepath.Join(t.TempDir(), "data")
	err := main.Run(ctx, []string{"user", "add", "--data", data, "ada@example.com"}, main.System{In: stdin, Out: io.Discard, Err: io.Discard})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	if got := run(t, nil, "", "user", "list", "--data", data); strings.Contains(got.out, "ada") {
		t.Errorf("a user was added all the same:\n%s", got.out)
	}
}

func TestUsers(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct {
		args  []string
		stdin string
		code  int
		want  string // on either stream
	}{
		{[]string{"add", "--data", data, "--name", "Ada Lovelace", "Ada@Example.com"}, "correct horse\n", 0, "added ada@example.com"},
		{[]string{"add", "--data", data, "ada@example.com"}, "correct horse\n", 1, "already"},
		{[]string{"add", "--data", data, "--name", "Bob\x1b[2J", "bob@example.com"}, "correct horse\n", 1, "control characters"},
		{[]string{"add", "--data", data, "bob@example.com"}, "short\n", 1, "shorter than 8"},
		{[]string{"add", "--data", data, "bob@example.com"}, "", 1, "no password"},
		{[]string{"disable", "--data", data, "ada@example.com"}, "", 0, "disabled ada@example.com"},
		{[]string{"list", "--data", data}, "", 0, "disabled 20"},
		{[]string{"enable", "--data", data, "ada@example.com"}, "", 0, "enabled ada@example.com"},
		{[]string{"list", "--data", data}, "", 0, "Ada Lovelace"},
		{[]string{"passwd", "--data", data, "ada@example.com"}, "another password\r\n", 0, "all sessions"},
		{[]string{"disable", "--data", data, "bob@example.com"}, "", 1, `no user has the email address "bob@example.com"`},
	} {
		got := run(t, nil, step.stdin, append([]string{"user"}, step.args...)...)
		if got.code != step.code || !strings.Contains(got.out+got.err, step.want) {
			t.Errorf("user %v: code %d\n%s%s\nwant code %d and %q", step.args, got.code, got.out, got.err, step.code, step.want)
		}
	}
	d := serve(t, "--data", data)
	if status, _ := login(t, d.url, "ada@example.com", "another password"); status != 201 {
		t.Errorf("login with the new password: %d", status)
	}
	if status, _ := login(t, d.url, "ada@example.com", "correct horse"); status != 401 {
		t.Errorf("login with the old password: %d", status)
	}
	// The commands work beside a running server.
	if got := run(t, nil, "", "user", "disable", "--data", data, "ada@example.com"); got.code != 0 {
		t.Errorf("disable beside the server: %s", got.err)
	}
	if status, _ := login(t, d.url, "ada@example.com", "another password"); status != 401 {
		t.Errorf("login of a disabled user: %d", status)
	}
}
