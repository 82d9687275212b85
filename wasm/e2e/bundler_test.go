//go:build !js

package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// useVite builds the page, and then runs it as its developers see it: Vite serves
// it, its optimizer has bundled the dependencies, and the API is behind its proxy.
func useVite(t *testing.T, browser *browser, tarball string) {
	project := newProject(t, "vite", tarball)
	t.Run("build", func(t *testing.T) { build(t, browser, project) })
	t.Run("dev", func(t *testing.T) {
		site := newSite(t, chromium, http.NotFoundHandler(), false)
		travel(t, browser, site, startVite(t, project, site.numeric), "/node_modules/authfetch/dist/authfetch.wasm")
		if _, err := os.Stat(filepath.Join(project, "node_modules/.vite/deps/authfetch.js")); err != nil {
			t.Errorf("the optimizer has left authfetch alone, so this shows less than it says: %v", err)
		}
	})
}

// build builds the page of a project, and runs what was built under the policy that
// visitors get: the module has to come from the bundle, under a name with a hash.
func build(t *testing.T, browser *browser, project string) {
	npm(t, project, "run", "build")
	dist := filepath.Join(project, "dist")
	site := newSite(t, chromium, underPolicy(testPolicy(), os.DirFS(dist)), false)
	travel(t, browser, site, site.url, hashedModule(t, dist))
}

// newProject makes one of the projects in bundlers/ anew, with the package in it.
func newProject(t *testing.T, name, tarball string) string {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{"bundlers/" + name: "", "harness": "harness"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	config, err := os.ReadFile(".npmrc")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".npmrc"), string(config))
	npm(t, dir, "ci", "--prefer-offline", "--fetch-retries", "1")
	npm(t, dir, "install", "--no-save", "--offline", tarball)
	return dir
}

// hashedModule returns the path of the module in what a bundler has made: there is
// one, unchanged, with a hash in its name.
func hashedModule(t *testing.T, dist string) string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dist, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".wasm" {
			found = append(found, strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(dist)))
		}
		return err
	})
	if err != nil || len(found) != 1 {
		t.Fatalf("modules in the bundle: %q, error %v", found, err)
	}
	if !regexp.MustCompile(`[/-][A-Za-z0-9_-]{8,}\.wasm$`).MatchString(found[0]) || strings.HasSuffix(found[0], "/authfetch.wasm") {
		t.Errorf("%s has no hash in its name, so it cannot be cached for good", found[0])
	}
	got, err := os.ReadFile(filepath.Join(dist, found[0]))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../static/dist/authfetch.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not the module", found[0])
	}
	return found[0]
}

// startVite starts Vite's development server in front of an API, and returns its
// address.
func startVite(t *testing.T, project, api string) string {
	t.Helper()
	cmd := exec.Command("node", "node_modules/vite/bin/vite.js", "--port", "0")
	cmd.Dir = project
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "API="+api)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // by that signal
	})
	return "http://" + announced(t, out)
}

// findInProjects looks for each line of the blocks in the files of bundlers/.
func findInProjects(t *testing.T, blocks []fence) {
	var projects strings.Builder
	for _, pattern := range []string{"bundlers/*/package.json", "bundlers/*/*.js"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			projects.Write(content)
		}
	}
	for _, block := range blocks {
		for line := range strings.Lines(block.text) {
			if !strings.Contains(projects.String(), strings.TrimSpace(line)) {
				t.Errorf("line %d and on: no project in bundlers/ has %s", block.line, line)
			}
		}
	}
}
