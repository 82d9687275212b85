//go:build !js

package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCoreAsWebAssembly runs the core's own tests once more, as the page would run
// them: one thread, and numbers and timers of JavaScript.
func TestCoreAsWebAssembly(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "Node.js is missing: install version 20 or later, https://nodejs.org/en/download")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	runner := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.Command("go", "test", "-count=1", "-exec", runner, "./wasm/internal/session/...")
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
