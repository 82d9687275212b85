package main_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// changed is a URL with something else in it.
func changed(t *testing.T, text string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// The same with a server that answers, and refuses.
func TestThePasswordIsHiddenFromWhoeverIsRefused(t *testing.T) {
	good := pgtest.Shared(t).Database(t)
	user := url.UserPassword("postgres", hidden)
	for _, row := range []struct {
		name   string
		change func(*url.URL)
		want   string
	}{
		{"the wrong password", func(u *url.URL) { u.User = user }, "database denies access"},
		{"nobody's name", func(u *url.URL) { u.User = url.UserPassword("nobody", hidden) }, "database denies access"},
		{"with a slash, escaped", func(u *url.URL) { u.User = url.UserPassword("postgres", "12/"+hidden) }, "database denies access"},
		{"as a parameter", func(u *url.URL) { u.User, u.RawQuery = url.User("postgres"), u.RawQuery+"&password="+hidden }, "database denies access"},
		{"no such database", func(u *url.URL) { u.Path = "/none" }, `make it with createdb`},
		{"an unknown parameter", func(u *url.URL) { u.RawQuery += "&colour=red" }, "colour"},
	} {
		for _, command := range [][]string{{"user", "list"}, {"migrate"}, {"serve", "--addr", "127.0.0.1:0", "--log-level", "debug"}} {
			t.Run(row.name+", "+command[0], func(t *testing.T) {
				args := append(command, "--data", t.TempDir(), "--database", changed(t, good, row.change))
				got := run(t, nil, "", args...)
				if got.code != 1 || !strings.Contains(got.err, row.want) {
					t.Errorf("code %d: %s\nwant code 1 and %q", got.code, got.err, row.want)
				}
				wantHidden(t, got)
			})
		}
	}
}

// A server whose database goes away says so in its log, and no more than that.
func TestTheLogHidesThePasswordOfADatabase(t *testing.T) {
	postgres := pgtest.Start(t)
	text := postgres.Database(t)
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	d := serve(t, "--demo", "--data", t.TempDir(), "--database", text, "--log-level", "debug")
	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	if status, _ := login(t, d.url, demoEmail, demoPassword); status != http.StatusServiceUnavailable {
		t.Errorf("login: %d", status)
	}
	got := d.stop()
	if !strings.Contains(got.err, "temporarily_unavailable") {
		t.Errorf("not logged:\n%s", got.err)
	}
	if strings.Contains(got.out+got.err, password) {
		t.Errorf("the password is shown:\n%s%s", got.out, got.err)
	}
}
