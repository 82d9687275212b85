//go:build !js

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildInspected builds the module once more, so that a spec can ask it what it
// holds; see wasm/inspect.go. It returns the directory with that module and the
// wasm_exec.js that belongs to it.
func buildInspected(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	build := exec.Command("go", "build", "-tags", "inspect",
		"-ldflags", "-checklinkname=0", // it looks into syscall/js
		"-o", filepath.Join(dir, "authfetch.wasm"), "../../wasm")
	build.Env = append(build.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the module with a look inside: %v\n%s", err, output)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	support, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "wasm_exec.js"), support, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
