//go:build !js

package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pack makes the npm package of the sources as they are now, and returns its path.
func pack(t *testing.T) string {
	t.Helper()
	buildModule(t)
	dir := t.TempDir()
	npm(t, "../../static", "pack", "--silent", "--pack-destination", dir)
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("npm pack has left %q, error %v", found, err)
	}
	return found[0]
}

// unpack puts what a tarball of npm holds into dir.
func unpack(t *testing.T, tarball, dir string) {
	t.Helper()
	file, err := os.Open(tarball)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for entries := tar.NewReader(packed); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, strings.TrimPrefix(entry.Name, "package/"))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, name, string(content))
	}
}

// npm runs npm in a directory. Without a registry the test cannot go on.
func npm(t *testing.T, dir string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("npm")
	if err != nil {
		missing(t, "npm is missing: install Node.js 20 or later, https://nodejs.org/en/download")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	if err != nil && unreachable.Match(output) {
		missing(t, "npm cannot reach its registry, and has not kept what is needed from an earlier time")
	}
	if err != nil {
		t.Fatalf("npm %s: %v\n%s", strings.Join(args, " "), err, bytes.TrimSpace(output))
	}
}

// unreachable is what npm says where there is no network.
var unreachable = regexp.MustCompile(`code E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|NETUNREACH|HOSTUNREACH|TIMEDOUT)\b`)
