package main_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	demoEmail    = "user@example.com"
	demoGuest    = "guest@example.com"
	demoPassword = "pa55w0rd"
)

func TestServeDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serve(t, "--demo", "--data", data, "--issuer", issuer)
	status, s := login(t, d.url, demoEmail, demoPassword)
	if status != 201 {
		t.Fatalf("login: %d", status)
	}
	if status, s = refresh(t, d.url, s); status != 200 {
		t.Fatalf("refresh: %d", status)
	}
	if status, _ := login(t, d.url, demoGuest, demoPassword); status != 201 {
		t.Errorf("login as the guest: %d", status)
	}
	t.Run("the page and the API side by side", func(t *testing.T) {
		for path, want := range map[string]struct {
			status      int
			contentType string
		}{
			"/authfetch.js":          {200, "text/javascript; charset=utf-8"},
			"/api/users/me":          {401, "application/problem+json"},
			"/api":                   {404, "application/problem+json"},
			"/api/nothing":           {404, "application/problem+json"},
			"/nothing":               {404, "text/html; charset=utf-8"},
			"/healthz":               {200, "application/json"},
			"/readyz":                {200, "application/json"},
			"/.well-known/jwks.json": {200, "application/json"},
		} {
			res, body := get(t, d.url+path)
			if res.StatusCode != want.status || res.Header.Get("Content-Type") != want.contentType {
				t.Errorf("%s: %d %s\n%s", path, res.StatusCode, res.Header.Get("Content-Type"), body)
			}
			if got := res.Request.URL.Path; got != path {
				t.Errorf("%s redirects to %s", path, got)
			}
		}
	})
	t.Run("only the owner can read the data", func(t *testing.T) {
		err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a clean stop", func(t *testing.T) {
		got := d.stop()
		if got.code != 0 || !strings.Contains(got.out, "sign in with user@example.com / pa55w0rd") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a second start keeps the sessions", func(t *testing.T) {
		again := serve(t, "--demo", "--data", data, "--issuer", issuer)
		if status, _ := refresh(t, again.url, s); status != 200 {
			t.Errorf("refresh: %d", status)
		}
	})
	t.Run("another issuer does not take them", func(t *testing.T) {
		other := serve(t, "--data", data, "--issuer", "https://other.example")
		if status, _ := refresh(t, other.url, s); status != 401 {
			t.Errorf("refresh: %d", status)
		}
	})
}

func TestWithoutDemoThereIsNoUser(t *testing.T) {
	d := serve(t, "--data", t.TempDir())
	if status, _ := login(t, d.url, demoEmail, demoPassword); status != 401 {
		t.Errorf("login: %d", status)
	}
	if got := d.stop(); !strings.Contains(got.out, "no users yet: authfetchd user add") {
		t.Errorf("printed %q", got.out)
	}
}

func TestAShortAbsoluteLifetimeBoundsTheIdleOne(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--absolute-ttl", "2h")
	if status, _ := login(t, d.url, demoEmail, demoPassword); status != 201 {
		t.Errorf("login: %d", status)
	}
}

func TestServerSecret(t *testing.T) {
	data := t.TempDir()
	serve(t, "--data", data).stop()
	secret := filepath.Join(data, "secret")
	kept, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	fails := func(name, want string, args ...string) {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", append([]string{"serve", "--addr", "127.0.0.1:0", "--data", data}, args...)...)
			if got.code != 1 || !strings.Contains(got.err, want) {
				t.Errorf("code %d: %s\nwant code 1 and %q", got.code, got.err, want)
			}
		})
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	fails("lost", "copy it to "+secret)
	if _, err := os.Stat(secret); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a new secret was made for a database that belongs to another one")
	}
	stranger := filepath.Join(t.TempDir(), "data")
	serve(t, "--data", stranger).stop()
	fails("of another server", "copy the secret file", "--secret-file", filepath.Join(stranger, "secret"))
	if err := os.WriteFile(secret, kept, 0o644); err != nil {
		t.Fatal(err)
	}
	fails("open to others", "chmod 600")
	if err := os.Chmod(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, "--data", data).stop()
}

// The default issuer is where the server can be reached, also when the system
// chooses the port.
func TestDefaultIssuer(t *testing.T) {
	for _, args := range [][]string{nil, {"--dev-tls"}} {
		d := serve(t, append(args, "--data", t.TempDir())...)
		if got := d.stop().out; !strings.Contains(got, "  issuer    "+d.url+"\n") || strings.Contains(got, ":0\n") {
			t.Errorf("listens on %s and printed\n%s", d.url, got)
		}
	}
}

func TestADirectoryThatOthersCanLookInto(t *testing.T) {
	data := t.TempDir()
	for mode, want := range map[fs.FileMode]bool{0o700: false, 0o755: true} {
		if err := os.Chmod(data, mode); err != nil {
			t.Fatal(err)
		}
		got := serve(t, "--data", data).stop().out
		if strings.Contains(strings.Join(strings.Fields(got), " "), "chmod 700 "+data) != want {
			t.Errorf("mode %v:\n%s", mode, got)
		}
	}
}

// What is fine on one machine is said where others can reach the server.
func TestCaveats(t *testing.T) {
	const plain, demo = "browsers keep the refresh cookie on localhost only", "everybody knows the password"
	for _, row := range []struct {
		name  string
		args  []string
		wants []string
	}{
		{"loopback", []string{"--demo"}, nil},
		{"every interface", []string{"--addr", ":0"}, []string{plain}},
		{"every interface, with the demo user", []string{"--addr", ":0", "--demo"}, []string{plain, demo}},
		{"every interface, with HTTPS", []string{"--addr", ":0", "--dev-tls"}, nil},
		{"behind a proxy", []string{"--addr", ":0", "--trusted-proxy", "10.0.0.7"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := serve(t, append([]string{"--data", t.TempDir()}, row.args...)...).stop().out
			for _, note := range []string{plain, demo} {
				if want := slices.Contains(row.wants, note); strings.Contains(got, note) != want {
					t.Errorf("%q said: %v, want %v:\n%s", note, !want, want, got)
				}
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"AUTHFETCH_DATA": filepath.Join(dir, "environment"), "AUTHFETCH_ADDR": "127.0.0.1:bad"}
	// The address is refused, so that nothing starts.
	got := run(t, env, "", "serve", "--data", filepath.Join(dir, "flag"))
	if got.code != 2 || !strings.Contains(got.err, "127.0.0.1:bad") {
		t.Errorf("the environment is not read: %+v", got)
	}
	listed := run(t, map[string]string{"AUTHFETCH_DATA": filepath.Join(dir, "environment")}, "", "user", "list")
	if !strings.Contains(listed.err, "no database in "+filepath.Join(dir, "environment")) {
		t.Errorf("AUTHFETCH_DATA is not read: %s", listed.err)
	}
	beaten := run(t, map[string]string{"AUTHFETCH_DATA": filepath.Join(dir, "environment")}, "", "user", "list", "--data", filepath.Join(dir, "flag"))
	if !strings.Contains(beaten.err, "no database in "+filepath.Join(dir, "flag")) {
		t.Errorf("the flag does not beat the environment: %s", beaten.err)
	}
}

// Kubernetes puts such variables into every pod beside a service called authfetch.
func TestVariablesOfOthersAreLeftAlone(t *testing.T) {
	env := map[string]string{"AUTHFETCH_PORT": "tcp://10.0.0.7:80", "AUTHFETCH_SERVICE_HOST": "10.0.0.7", "AUTHFETCH_ADDR": "127.0.0.1:0"}
	got := run(t, env, "", "user", "list", "--data", t.TempDir())
	if got.code != 1 || !strings.Contains(got.err, "there is no database in") {
		t.Errorf("%+v", got)
	}
}

// TestBinary is about what only a process of its own has: signals and exit codes.
func TestBinary(t *testing.T) {
	binary := build(t)
	data := filepath.Join(t.TempDir(), "data")
	var kept session
	for _, row := range []struct {
		name   string
		signal os.Signal
		code   int // -1: killed
	}{
		{"SIGINT", os.Interrupt, 0},
		{"SIGTERM", syscall.SIGTERM, 0},
		{"SIGKILL", os.Kill, -1},
		{"SIGINT after SIGKILL", os.Interrupt, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, "serve", "--addr", "127.0.0.1:0", "--demo", "--data", data, "--issuer", issuer)
			cmd.Env = []string{}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			url := listening(stdout)
			if url == "" {
				t.Fatal("the server did not start")
			}
			if kept.cookie == "" {
				_, kept = login(t, url, demoEmail, demoPassword)
			}
			var status int
			if status, kept = refresh(t, url, kept); status != 200 {
				t.Errorf("refresh: %d", status)
			}
			if err := cmd.Process.Signal(row.signal); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, stdout); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // ProcessState has the exit code
			if got := cmd.ProcessState.ExitCode(); got != row.code {
				t.Errorf("exit code %d, want %d", got, row.code)
			}
		})
	}
	t.Run("a second signal ends it at once", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), binary, "serve", "--addr", "127.0.0.1:0", "--demo", "--data", data)
		cmd.Env = []string{}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		url := listening(stdout)
		halfALogin(t, url) // which the first signal waits for
		for range 2 {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			refused(t, url)
		}
		_ = cmd.Wait() // ProcessState has how it ended
		if got := cmd.ProcessState.ExitCode(); got != -1 {
			t.Errorf("exit code %d, want -1: ended by the signal", got)
		}
	})
	t.Run("exit code of a usage error", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), binary, "serve", "--origin=*")
		_ = cmd.Run() // ProcessState has the exit code
		if got := cmd.ProcessState.ExitCode(); got != 2 {
			t.Errorf("exit code %d, want 2", got)
		}
	})
}
