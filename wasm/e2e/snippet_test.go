//go:build !js

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// runPageSnippets runs each block as a module in a page of its own, whose console
// has to stay clean.
func runPageSnippets(t *testing.T, blocks []fence) {
	buildModule(t)
	browser := startBrowser(t, chromium)
	for _, block := range blocks {
		t.Run(fmt.Sprintf("line %d", block.line), func(t *testing.T) {
			files := pageFiles(t)
			files["wasm/e2e/specs/readme.js"] = &fstest.MapFile{Data: []byte(asSpec(block.text))}
			visit(t, browser, newSite(t, chromium, newPages(t, files), false), "readme.js", "the snippet", specTimeout)
		})
	}
}

// asSpec makes a spec of a snippet: its imports come first, and the rest has to
// end without an exception, and to reach the server.
func asSpec(snippet string) string {
	var imports, rest strings.Builder
	for _, line := range strings.SplitAfter(snippet, "\n") {
		if strings.HasPrefix(line, "import ") {
			imports.WriteString(strings.Replace(line, `"authfetch"`, `"../../../authfetch.js"`, 1))
		} else {
			rest.WriteString("  " + strings.ReplaceAll(line, `"https://api.example.com"`, "location.origin"))
		}
	}
	return imports.String() + `import { credentials } from "../harness/context.js";
import { spec } from "../harness/spec.js";
spec("the snippet", async (t) => {
  const { email, password } = credentials;
  await (async () => {
` + rest.String() + `  })();
  const asked = (await t.server.all()).filter(({ headers, status }) => (headers["x-auth-fetch"] || headers.authorization) && status < 400);
  t.ok(asked.length > 0, "the snippet asks the server for something");
});
`
}

// checkTypes compiles the blocks as an application with strict settings would.
func checkTypes(t *testing.T, blocks []fence) {
	tsc := typescript(t)
	loader, err := filepath.Abs("../../static")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		t.Run(fmt.Sprintf("line %d", block.line), func(t *testing.T) {
			dir := t.TempDir()
			config, _ := json.Marshal(map[string]any{"compilerOptions": map[string]any{
				"strict": true, "noEmit": true, "target": "es2024", "module": "nodenext",
				"lib": []string{"es2024", "dom"}, "types": []string{},
				"paths": map[string][]string{"authfetch": {filepath.Join(loader, "authfetch.d.ts")}},
			}})
			write(t, filepath.Join(dir, "tsconfig.json"), string(config))
			write(t, filepath.Join(dir, "snippet.mts"), "declare const email: string, password: string;\n"+block.text+"\nexport {};\n")
			if output, err := exec.Command(tsc, "-p", dir).CombinedOutput(); err != nil {
				t.Errorf("tsc: %v\n%s", err, output)
			}
		})
	}
}

// typescript returns the path of tsc.
func typescript(t *testing.T) string {
	t.Helper()
	tsc, err := filepath.Abs("node_modules/.bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tsc); err != nil {
		missing(t, "typescript is not installed: run npm ci in wasm/e2e, or make test")
	}
	return tsc
}

// checkGo compiles whole files, and looks for fragments in the examples, which are
// compiled with the tests.
func checkGo(t *testing.T, blocks []fence) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		t.Run(fmt.Sprintf("line %d", block.line), func(t *testing.T) {
			if !strings.Contains(block.text, "\npackage ") && !strings.HasPrefix(block.text, "package ") {
				if !inExamples(t, root, block.text) {
					t.Errorf("these lines stand in no example_test.go:\n%s", block.text)
				}
				return
			}
			// The overlay puts the file into the module without writing there.
			file := filepath.Join(t.TempDir(), "snippet.go")
			write(t, file, block.text)
			overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{
				filepath.Join(root, "scripts", "snippet", "snippet.go"): file,
			}})
			write(t, file+".json", string(overlay))
			cmd := exec.Command("go", "build", "-overlay", file+".json", "-o", os.DevNull, "./scripts/snippet")
			cmd.Dir = root
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("go build: %v\n%s", err, output)
			}
		})
	}
}

// inExamples reports whether the lines follow each other in an example, however
// they are indented there.
func inExamples(t *testing.T, root, fragment string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "node_modules" {
			return fs.SkipDir
		}
		if err != nil || found || !strings.HasSuffix(path, "example_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(unindented(content), unindented([]byte(fragment)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unindented is a text without what white space there is at the ends of its lines.
// gofmt aligns comments by what surrounds them, so runs of spaces count as one.
func unindented(text []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		out.Write(bytes.Join(bytes.Fields(line), []byte(" ")))
		out.WriteByte('\n')
	}
	return bytes.TrimSpace(out.Bytes())
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
