package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/wire"
)

// fork is a site and an empty database that it can be moved to.
type fork struct {
	site
	there     base
	from, to  string // as --from and --to take them
	movedData string
}

// forks runs a test for each kind of database and each that it can be moved to.
func forks(t *testing.T, test func(t *testing.T, f fork)) {
	for from, on := range engines() {
		for to, onto := range engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				f := fork{site: on.newSite(t, "--issuer", issuer), movedData: t.TempDir()}
				f.there = onto(t, f.movedData)
				f.there.setClock(t, f.clock.Now())
				f.from, f.to = sideOf(f.db, f.data), sideOf(f.there, f.movedData)
				test(t, f)
			})
		}
	}
}

// sideOf is what --from and --to take.
func sideOf(db base, data string) string {
	if options := db.options(); len(options) > 0 {
		return options[1]
	}
	return data
}

// moved is the started program on the other database, with the same secret.
func (f fork) moved() site {
	f.t.Helper()
	s := f.site
	s.db, s.data = f.there, f.movedData
	s.daemon = s.node("--issuer", issuer, "--secret-file", filepath.Join(f.data, "secret"))
	return s
}

// next is what the command says to do with what was moved.
func (f fork) next() string {
	secret := "the secret file that they have had"
	if f.from == f.data {
		secret = filepath.Join(f.data, "secret")
	}
	if f.to == f.movedData {
		return fmt.Sprintf("copy %s to %s, and start the server with: authfetchd serve --data %s", secret, filepath.Join(f.to, "secret"), f.to)
	}
	return fmt.Sprintf("start the servers with: authfetchd serve --database %s --secret-file %s", shown(f.to), secret)
}

// moveCommand is the command.
func moveCommand(t *testing.T, from, to string, args ...string) result {
	t.Helper()
	return run(t, nil, "", append([]string{"migrate", "--from", from, "--to", to}, args...)...)
}

// at is the browser when the page's requests come to another server.
func at(b *servertest.Browser, s site) *servertest.Browser {
	there := s.browser()
	there.AccessToken, there.Cookie = b.AccessToken, b.Cookie
	return there
}

// What counts of a session counts in the other database: which token is the current
// one, what was given out before, which are too old, and who has to wait.
func TestMoveKeepsSessions(t *testing.T) {
	forks(t, func(t *testing.T, f fork) {
		user, other, stolen, ended := f.signedIn(), f.signedIn(), f.signedIn(), f.signedIn()
		f.command("correct horse\n", "user", "add", "|", "ada@example.com")
		for range 10 {
			want(t, f.browser().Login("ada@example.com", "wrong"), http.StatusUnauthorized, wire.InvalidCredentials)
		}
		want(t, f.browser().Login("ada@example.com", "correct horse"), http.StatusTooManyRequests, wire.Throttled)
		thief, late, gone := without(stolen), other.Copy(), ended.Copy()
		want(t, ended.Logout(), http.StatusNoContent, "")
		want(t, user.Refresh(), http.StatusOK, "")
		want(t, other.Refresh(), http.StatusOK, "")
		for range 3 {
			want(t, stolen.Refresh(), http.StatusOK, "")
		}

		got := moveCommand(t, f.from, f.to)
		if got.code != 0 || !regexp.MustCompile(`(?s)^TABLE +ROWS +SHA-256 +EQUAL\nmeta +1 +[0-9a-f]{12} +yes\n.*\nsessions +4 +[0-9a-f]{12} +yes\n\nmoved `).MatchString(got.out) || strings.Contains(got.out, "no:") || got.err != "" {
			t.Fatalf("%+v", got)
		}
		if want := f.next(); !strings.HasSuffix(got.out, want+"\n") {
			t.Errorf("printed\n%s\nwant %q at its end", got.out, want)
		}
		// Nobody has stopped the old server. It ends no session, and goes on with none.
		wantRefused(t, user.Copy().Refresh(), wire.TemporarilyUnavailable)
		want(t, f.browser().Login(demoEmail, demoPassword), http.StatusServiceUnavailable, wire.TemporarilyUnavailable)
		f.stop()

		s := f.moved()
		want(t, at(user, s).Get("/api/users/me"), http.StatusOK, "")
		want(t, at(late, s).Refresh(), http.StatusOK, "")
		replayed := at(late, s)
		want(t, replayed.Refresh(), http.StatusOK, "")
		if replayed.Cookie != other.Cookie {
			t.Error("the token before the current one got another successor than in the old database")
		}
		user, other = at(user, s), at(other, s)
		want(t, user.Refresh(), http.StatusOK, "")
		want(t, other.Refresh(), http.StatusOK, "")
		if gen := claims(t, user.AccessToken)["gen"]; gen != 2.0 {
			t.Errorf("generation %v, want 2", gen)
		}
		wantRefused(t, at(thief, s).Refresh(), wire.RefreshReused)
		wantRefused(t, at(stolen, s).Refresh(), wire.SessionRevoked)
		wantRefused(t, at(gone, s).Refresh(), wire.SessionRevoked)
		want(t, s.browser().Login("ada@example.com", "correct horse"), http.StatusTooManyRequests, wire.Throttled)
		want(t, s.signedIn().Get("/api/users/me"), http.StatusOK, "")

		moved := fmt.Sprintf("database was moved: what was in %[1]s goes on in %[2]s, so name that; \"authfetchd migrate --from %[2]s --to %[1]s\" moves it back", shown(f.from), shown(f.to))
		for _, args := range [][]string{
			{"serve", "|", "--addr", "127.0.0.1:0"},
			{"user", "add", "|", "x@example.com"},
			{"user", "list", "|"},
			{"session", "revoke", "|", "--all"},
			{"key", "rotate", "|"},
			{"secret", "list", "|"},
		} {
			options := slices.Index(args, "|")
			got := run(t, nil, "correct horse\n", slices.Concat(args[:options], f.place(), args[options+1:])...)
			if got.code != 1 || !strings.Contains(got.err, moved) {
				t.Errorf("%v on what was moved: %+v", args, got)
			}
		}
		if got := moveCommand(t, f.from, f.to); got.code != 0 || !strings.Contains(got.out, "was moved to "+shown(f.to)+" before") {
			t.Errorf("moved twice: %+v", got)
		}

		s.stop()
		if got := moveCommand(t, f.to, f.from); got.code != 0 {
			t.Fatalf("moved back: %+v", got)
		}
		back := f.site
		back.daemon = f.node("--issuer", issuer)
		want(t, at(user, back).Refresh(), http.StatusOK, "")
	})
}

// A move that was stopped leaves the source as it was, and a target that nothing can be
// done with but to go on.
func TestMoveStopped(t *testing.T) {
	forks(t, func(t *testing.T, f fork) {
		user := f.signedIn()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		now := f.clock.Now()
		var told, errs bytes.Buffer
		err := main.Run(ctx, []string{"migrate", "--from", f.from, "--to", f.to}, main.System{
			Out: new(bytes.Buffer), Err: &told,
			Now: func() time.Time {
				if told.Len() > 0 {
					cancel() // as the signal does that Ctrl-C sends
				}
				now = now.Add(10 * time.Second)
				return now
			},
		})
		if code := main.Report(&errs, err); code != 1 || !strings.Contains(errs.String(), "stopped before the end; the same command goes on from there") {
			t.Fatalf("code %d: %s", code, &errs)
		}
		if want := regexp.MustCompile(`^(copying \w+: \d+%, \d of \d rows(, \d rows/s, \d+s left)?\n)+$`); !want.MatchString(told.String()) {
			t.Errorf("the progress was %q, want %s", &told, want)
		}
		want(t, user.Refresh(), http.StatusOK, "")
		got := run(t, nil, "", slices.Concat([]string{"serve"}, f.there.options(), []string{"--data", f.movedData, "--addr", "127.0.0.1:0"})...)
		if got.code != 1 || !strings.Contains(got.err, "database is not complete") || !strings.Contains(got.err, "authfetchd migrate --from "+shown(f.from)+" --to "+shown(f.to)+`"`) {
			t.Errorf("serve on what is not complete: %+v", got)
		}
		if got := moveCommand(t, f.from, f.to); got.code != 0 {
			t.Fatalf("%+v", got)
		}
		want(t, at(user, f.moved()).Refresh(), http.StatusOK, "")
	})
}

func TestMoveDryRun(t *testing.T) {
	forks(t, func(t *testing.T, f fork) {
		user := f.signedIn()
		got := moveCommand(t, f.from, f.to, "--dry-run")
		if got.code != 0 || !regexp.MustCompile(`(?s)^TABLE +ROWS +IN THE TARGET NOW\nmeta +1 +0\n.*\nusers +2 +0\n.*\nsessions +1 +0\n\n\S+ would be moved to \S+\n$`).MatchString(got.out) {
			t.Errorf("%+v", got)
		}
		want(t, user.Refresh(), http.StatusOK, "")
		if got := run(t, nil, "", slices.Concat([]string{"user", "list"}, f.there.options(), []string{"--data", f.movedData})...); strings.Contains(got.out, demoEmail) {
			t.Errorf("users were moved: %+v", got)
		}
	})
}

// The databases remember each other wherever the command was run.
func TestMoveFromHere(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	serve(t, "--demo", "--data", "one").stop()
	if got := moveCommand(t, "one", "two"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	want := "authfetchd migrate --from " + filepath.Join(here, "two") + " --to " + filepath.Join(here, "one")
	if got := run(t, nil, "", "user", "list", "--data", "one"); got.code != 1 || !strings.Contains(got.err, want) {
		t.Errorf("%+v\nwant %q", got, want)
	}
}

func TestMoveFailures(t *testing.T) {
	url := pgtest.Shared(t).Database(t)
	dir := t.TempDir()
	serve(t, "--demo", "--data", filepath.Join(dir, "one")).stop()
	serve(t, "--demo", "--data", filepath.Join(dir, "two")).stop()
	rows := []badCommand{
		{"nothing to move", []string{"--from", filepath.Join(dir, "none"), "--to", url}, 1, "there is no database in " + filepath.Join(dir, "none") + "; name what is to be moved with --from"},
		{"nothing to move there", []string{"--from", url, "--to", filepath.Join(dir, "new")}, 1, "there is no database in " + shown(url)},
		{"users in the target", []string{"--from", filepath.Join(dir, "one"), "--to", filepath.Join(dir, "two")}, 1, "database to be filled has data of its own"},
		{"users in the target, looked at", []string{"--from", filepath.Join(dir, "one"), "--to", filepath.Join(dir, "two"), "--dry-run"}, 1, "database to be filled has data of its own"},
		{"wrong password", []string{"--from", filepath.Join(dir, "one"), "--to", regexp.MustCompile(`:[^:@/]+@`).ReplaceAllString(url, ":hunter2@")}, 1, "database denies access"},
	}
	for i := range rows {
		rows[i].args = append([]string{"migrate"}, rows[i].args...)
		got := run(t, nil, "", rows[i].args...)
		if strings.Contains(got.out+got.err, "hunter2") {
			t.Errorf("%s: the password is shown: %+v", rows[i].name, got)
		}
	}
	wantBadCommands(t, rows)
	if got := run(t, map[string]string{"AUTHFETCH_DATA": dir, "AUTHFETCH_DATABASE": url}, "", "migrate", "--from", filepath.Join(dir, "one"), "--to", url); got.code != 0 {
		t.Errorf("with a place for other commands in the environment: %+v", got)
	}
}
