package static_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/authfetch/authfetch/static"
)

// tool returns the path of a program that a test needs. Where it is missing the
// test is skipped, except in CI, where nothing may go unseen.
func tool(t *testing.T, name, advice string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err == nil {
		return found
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%v: %s", err, advice)
	}
	t.Skipf("%v: %s", err, advice)
	return ""
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

func TestNode(t *testing.T) {
	t.Parallel()
	node := tool(t, "node", "install Node.js 20 or later")
	specs, err := filepath.Glob("test/*.test.js")
	if err != nil || len(specs) == 0 {
		t.Fatalf("no specs in static/test: %v", err)
	}
	for _, spec := range specs {
		t.Run(filepath.Base(spec), func(t *testing.T) {
			t.Parallel()
			run(t, node, "--test", "--test-reporter=spec", spec)
		})
	}
}

// The budget of the loader: what a page waits for before it can make a call.
func TestLoaderWeight(t *testing.T) {
	const budget = 4096
	source, err := fs.ReadFile(static.Files(), "authfetch.js")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := brotli.NewWriterLevel(&packed, brotli.BestCompression)
	if _, err := w.Write(source); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if packed.Len() > budget {
		t.Errorf("authfetch.js: %d bytes after brotli, the budget is %d", packed.Len(), budget)
	}
}

// built reports whether a file may be absent: the module is built later, into dist.
func built(name string) bool { return strings.HasPrefix(name, "dist/") }

func TestFilesHoldWhatTheyReferTo(t *testing.T) {
	files := static.Files()
	references := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`\s(?:src|href)="(\./[^"]+)"`),
		".js":   regexp.MustCompile(`(?:from |import\(|import |new URL\()"(\.{1,2}/[^"]+\.[a-z]+)"`),
	}
	found := 0
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		pattern := references[path.Ext(name)]
		if err != nil || entry.IsDir() || pattern == nil || built(name) {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for _, m := range pattern.FindAllSubmatch(content, -1) {
			found++
			target := path.Join(path.Dir(name), string(m[1]))
			if _, err := fs.Stat(files, target); err != nil && !built(target) {
				t.Errorf("%s refers to %s: %v", name, m[1], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no reference found: the patterns of this test are wrong")
	}
}

func TestFilesLeaveOutWhatIsNotServed(t *testing.T) {
	for _, name := range []string{"package.json", "README.md", "LICENSE", "tsconfig.json", "embed.go", "static_test.go", "test", "lab"} {
		if _, err := fs.Stat(static.Files(), name); err == nil {
			t.Errorf("%s is among the files that are served", name)
		}
	}
}
