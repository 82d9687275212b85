package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// A backup is restored, which does not know three refreshes of a session. The
// server signs it out, until it is told, and then the session goes on.
func TestRestoredAt(t *testing.T) {
	clock, data := servertest.NewClock(), t.TempDir()
	start := func(data string, args ...string) daemon {
		t.Helper()
		return serveAt(t, clock.Now, append([]string{"--demo", "--issuer", issuer, "--data", data}, args...)...)
	}
	at := func(d daemon, b *servertest.Browser) *servertest.Browser {
		moved := servertest.NewBrowser(t, d.url)
		moved.AccessToken, moved.Cookie = b.AccessToken, b.Cookie
		return moved
	}
	refreshed := func(d daemon, b *servertest.Browser) *servertest.Browser {
		t.Helper()
		moved := at(d, b)
		want(t, moved.Refresh(), http.StatusOK, "")
		return moved
	}

	d := start(data)
	still, ahead := servertest.NewBrowser(t, d.url), servertest.NewBrowser(t, d.url)
	want(t, still.Login(demoEmail, demoPassword), http.StatusCreated, "")
	want(t, ahead.Login(demoEmail, demoPassword), http.StatusCreated, "")
	d.stop()
	backup := copied(t, data)
	d = start(data)
	for range 3 {
		clock.Advance(time.Hour)
		ahead = refreshed(d, ahead)
	}
	later := servertest.NewBrowser(t, d.url)
	want(t, later.Login(demoEmail, demoPassword), http.StatusCreated, "")
	d.stop()

	clock.Advance(time.Minute)
	restored := clock.Now().Format(time.RFC3339)
	clock.Advance(time.Minute)
	d = start(backup)
	wantRefused(t, at(d, ahead).Refresh(), wire.SessionUnknown)
	d.stop()

	d = start(backup, "--restored-at", restored)
	next, duplicate := refreshed(d, ahead), refreshed(d, ahead)
	if next.Cookie != duplicate.Cookie {
		t.Error("a duplicate got another successor")
	}
	if gen := claims(t, next.AccessToken)["gen"]; gen != 4.0 {
		t.Errorf("generation %v, want 4", gen)
	}
	want(t, next.Get(me), http.StatusOK, "")
	refreshed(d, refreshed(d, next))
	refreshed(d, still)
	wantRefused(t, at(d, later).Refresh(), wire.SessionUnknown) // there is nothing to go on
	if log := d.stop().err; strings.Count(log, "level=INFO msg=\"refreshed with a token that is newer") != 1 || strings.Count(log, "outcome=forwarded") != 1 {
		t.Errorf("not one record of it:\n%s", log)
	}
}

// copied is a copy of the data of a server that has stopped.
func copied(t *testing.T, data string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(data, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
