package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// role tells the test program to be another one.
const role = "AUTHFETCH_TEST_PGTEST"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "program": // which runs a server until it is killed
		server, err := pgtest.Run(context.Background())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(describe(server))
		select {}
	case "poor": // on a machine without PostgreSQL
		pgtest.SetPlaces()
		os.Unsetenv("PATH")
	}
	pgtest.Main(m)
}

// describe says how to find out whether a server is there.
func describe(server *pgtest.Server) string {
	return fmt.Sprintf("server %d in %s", server.PID(), server.Dir())
}

// described finds what describe said.
func described(t *testing.T, text string) (pid int, dir string) {
	t.Helper()
	_, from, _ := strings.Cut(text, "server ")
	if _, err := fmt.Sscanf(from, "%d in %s", &pid, &dir); err != nil {
		t.Fatalf("no server in the output %q: %v", text, err)
	}
	return pid, dir
}

// self is the test program in another role.
func self(t *testing.T, as string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), role+"="+as)
	return cmd
}
