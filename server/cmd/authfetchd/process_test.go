package main_test

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
)

// build builds the program as it is shipped.
func build(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "authfetchd")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// process is a server in a process of its own, which can be killed.
type process struct {
	url  string
	kill func() // SIGKILL, and waits until it is dead; again, it does nothing
}

// start starts one on the data directory, and kills it when the test ends, at the
// latest.
func start(t *testing.T, binary, data string) process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--addr", "127.0.0.1:0", "--data", data,
		"--issuer", "http://localhost:8080", "--access-ttl", "1h") // the port changes from one start to the next
	cmd.Env = []string{}
	log := &servertest.Log{}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // it may have ended by itself; then the clients notice
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	url := listening(stdout)
	if url == "" {
		kill()
		t.Fatalf("the server did not start:\n%s", log)
	}
	return process{url, kill}
}

// call runs a command of the program to its end.
func call(t *testing.T, binary, stdin string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = []string{}
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
