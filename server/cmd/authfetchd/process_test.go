package main_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/authfetch/authfetch/server/servertest"
)

// build builds the program as it is shipped, once for all tests.
func build(t *testing.T) (binary string) {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "authfetchd"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir, ".").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "authfetchd")
}

// built is the program, for TestMain to remove.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// process is a server in a process of its own, which can be killed.
type process struct {
	url  string
	kill func() // SIGKILL, and waits until it is dead; again, it does nothing
	stop func() // the same with SIGTERM
}

// start starts one on the data directory, and kills it when the test ends, at the
// latest.
func start(t *testing.T, binary, data string) process {
	t.Helper()
	p, err := launch(t.Context(), binary, &servertest.Log{}, "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// logged is what a process writes of what it does.
type logged interface {
	io.Writer
	String() string
}

// launch starts one with those options. It lives until it is killed, or the context
// ends.
func launch(ctx context.Context, binary string, log logged, options ...string) (process, error) {
	cmd := exec.CommandContext(ctx, binary, append([]string{
		"serve", "--addr", "127.0.0.1:0",
		"--issuer", "http://localhost:8080", "--access-ttl", "1h", // the port changes from one start to the next
	}, options...)...)
	cmd.Env = []string{}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return process{}, err
	}
	wait := sync.OnceFunc(func() {
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	})
	end := func(signal os.Signal) func() {
		return func() {
			_ = cmd.Process.Signal(signal) // it may have ended by itself; then the clients notice
			wait()
		}
	}
	p := process{kill: end(os.Kill), stop: end(syscall.SIGTERM)}
	if p.url = listening(stdout); p.url == "" {
		p.kill()
		return process{}, fmt.Errorf("the server did not start:\n%s", log)
	}
	return p, nil
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
