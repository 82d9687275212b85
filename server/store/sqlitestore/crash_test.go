package sqlitestore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// crashDir tells the test program to be the server that is killed.
const crashDir = "AUTHFETCH_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := refreshUntilKilled(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A server is killed in the middle of parallel refreshes. Whatever token a client
// has received last still refreshes.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, answers := range []int{1, 7, 30, 61} { // how many answers the client gets before the kill
		dir := t.TempDir()
		secrets, err := secret.CreateFile(filepath.Join(dir, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		last := killAfter(t, dir, answers)

		store := open(t, filepath.Join(dir, "test.db"))
		engine, err := rotation.New(rotation.Config{Issuer: "i", Secrets: secrets, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // that token, and its successor
			grant, err := engine.Refresh(t.Context(), rotation.Request{Tokens: []string{last}})
			if err != nil {
				t.Fatalf("killed after %d answers: %v", answers, err)
			}
			last = grant.RefreshToken.Reveal()
		}
	}
}

// killAfter runs a server in the directory, kills it after a number of answers,
// and returns the token in the last one.
func killAfter(t *testing.T, dir string, answers int) (last string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), self)
	server.Env = append(os.Environ(), crashDir+"="+dir)
	var stderr strings.Builder
	server.Stderr = &stderr
	output, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // an answer that was cut off is one that the client does not have
		}
		last = strings.TrimSpace(line)
		if n == answers {
			if err := server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = server.Wait() // it was killed, or its errors say why not
	if stderr.Len() > 0 {
		t.Fatalf("the server stopped by itself: %s", &stderr)
	}
	return last
}

// refreshUntilKilled signs in, then refreshes with twenty requests at a time, and
// writes each new token as soon as the first of them has it.
func refreshUntilKilled(dir string, out io.Writer) error {
	ctx := context.Background()
	secrets, err := secret.ReadFile(filepath.Join(dir, "secret"))
	if err != nil {
		return err
	}
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "test.db"))
	if err != nil {
		return err
	}
	engine, err := rotation.New(rotation.Config{Issuer: "i", Secrets: secrets, Store: store})
	if err != nil {
		return err
	}
	grant, err := engine.Begin(ctx, rotation.SignIn{UserID: "u"})
	for err == nil {
		token := grant.RefreshToken.Reveal()
		if _, err := fmt.Fprintln(out, token); err != nil {
			return err
		}
		grants, errs := make(chan rotation.Grant, 20), make(chan error, 20)
		var requests sync.WaitGroup
		for range 20 {
			requests.Go(func() {
				grant, err := engine.Refresh(ctx, rotation.Request{Tokens: []string{token}})
				grants <- grant
				errs <- err
			})
		}
		grant, err = <-grants, <-errs
		requests.Wait()
	}
	return err
}
