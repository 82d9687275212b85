package main_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// A server that has stopped leaves nothing running, not even while requests were
// answered at its end.
func TestNoGoroutineOutlivesTheServer(t *testing.T) {
	for name, database := range map[string]func(t *testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--database", pgtest.Shared(t).Database(t)} },
	} {
		t.Run(name, func(t *testing.T) { nothingOutlives(t, database(t)...) })
	}
}

func nothingOutlives(t *testing.T, args ...string) {
	t.Helper()
	d := serve(t, append(args, "--demo", "--data", t.TempDir(), "--admin-addr", "127.0.0.1:0")...)
	get(t, adminURL(t, d)+"/metrics")
	_, s := login(t, d.url, demoEmail, demoPassword)
	refresh(t, d.url, s)
	finish := halfALogin(t, d.url)
	stopped := make(chan result, 1)
	go func() { stopped <- d.stop() }()
	finish()
	<-stopped

	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if left = ours(); len(left) == 0 {
			return
		}
	}
	t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
}

// ours are the goroutines that the program has started, or that run its code.
func ours() (stacks []string) {
	buffer := make([]byte, 1<<20)
	text := string(buffer[:runtime.Stack(buffer, true)])
	for stack := range strings.SplitSeq(text, "\n\n") {
		if strings.Contains(stack, "pgstore/pgtest") {
			continue // it stays for the next test
		}
		if strings.Contains(stack, "github.com/authfetch/authfetch/server") && !strings.Contains(stack, "_test.go") ||
			strings.Contains(stack, "database/sql") || strings.Contains(stack, "jackc/pgx") || strings.Contains(stack, "net/http.(*Server)") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
