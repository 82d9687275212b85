//go:build !js

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// addLibraries serves the libraries that specs use over authFetch. What
// libraries/ has of each is the line that imports it; here it becomes one module
// in the same place, since a page knows no packages.
func addLibraries(t *testing.T, files fstest.MapFS) {
	t.Helper()
	esbuild, err := filepath.Abs("node_modules/.bin/esbuild")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(esbuild); err != nil {
		missing(t, "esbuild is not installed: run npm ci in wasm/e2e, or make test")
	}
	names, err := filepath.Glob("libraries/*.js")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(esbuild, append(names, "--bundle", "--format=esm", "--target=es2022", "--log-level=warning", "--outdir="+dir)...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bundling the libraries: %v\n%s", err, output)
	}
	add(t, files, os.DirFS(dir), "wasm/e2e/libraries")
}
