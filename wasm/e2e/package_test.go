//go:build !js

package e2e_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestPackage makes the npm package and uses it as its users do: from a plain
// folder on another origin, with three bundlers, with tsc, and on a server.
func TestPackage(t *testing.T) {
	tarball := pack(t)
	browser := startBrowser(t, chromium)
	subtest := func(name string, test func(*testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	subtest("plain folder", func(t *testing.T) { loadFromFolder(t, browser, tarball) })
	subtest("vite", func(t *testing.T) { useVite(t, browser, tarball) })
	subtest("webpack", func(t *testing.T) { build(t, browser, newProject(t, "webpack", tarball)) })
	subtest("esbuild", func(t *testing.T) { build(t, browser, newProject(t, "esbuild", tarball)) })
	subtest("types", func(t *testing.T) { compile(t, tarball) })
	subtest("server", func(t *testing.T) { importOnServer(t, tarball) })
}

// loadFromFolder takes the loader from a server that knows nothing but files, and
// has another origin than the page: the module is found beside it.
func loadFromFolder(t *testing.T, browser *browser, tarball string) {
	dir := t.TempDir()
	unpack(t, tarball, dir)
	files := http.FileServerFS(os.DirFS(dir))
	folder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		files.ServeHTTP(w, r)
	}))
	defer folder.Close()

	page := fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><title>A page</title><script type="module" src="/main.js" nonce="once"></script>`)},
		"main.js": {Data: []byte(`import { createAuthFetch } from "` + folder.URL + `/authfetch.js";
import { journey } from "./harness/journey.js";
journey(createAuthFetch());
`)},
	}
	add(t, page, os.DirFS("harness"), "harness")
	for name, scripts := range map[string]string{
		"by origin": "script-src 'self' " + folder.URL,
		"by nonce":  "script-src 'nonce-once' 'strict-dynamic'",
	} {
		t.Run(name, func(t *testing.T) {
			policy := strings.Replace(testPolicy(), "script-src 'self'", scripts, 1)
			site := newSite(t, chromium, underPolicy(policy, page), false)
			travel(t, browser, site, site.url, folder.URL+"/dist/authfetch.wasm")
		})
	}
}

// underPolicy serves files as they are, under a Content-Security-Policy.
func underPolicy(policy string, files fs.FS) http.Handler {
	pages := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		pages.ServeHTTP(w, r)
	})
}

// travel opens a page that runs harness/journey.js, and expects the module to come
// from one address.
func travel(t *testing.T, browser *browser, site *site, origin, wasm string) {
	t.Helper()
	query := url.Values{"control": {site.plane}, "wasm": {wasm}}
	visitPage(t, browser, site, origin+"/?"+query.Encode(), specTimeout)
}

// compile checks every entry of the package with the two ways in which TypeScript
// looks for types, with all that is strict.
func compile(t *testing.T, tarball string) {
	tsc := typescript(t)
	dir := t.TempDir()
	installed := filepath.Join(dir, "node_modules", "authfetch")
	unpack(t, tarball, installed)

	source := "const native: typeof fetch = entry0.createAuthFetch();\nvoid native;\n"
	for i, name := range entries(t, installed, "types") {
		source = fmt.Sprintf("import * as entry%d from %q;\nvoid entry%[1]d;\n", i, name) + source
	}
	write(t, filepath.Join(dir, "main.mts"), source)
	for module, resolution := range map[string]string{"nodenext": "nodenext", "esnext": "bundler"} {
		t.Run(resolution, func(t *testing.T) {
			config, _ := json.Marshal(map[string]any{
				"compilerOptions": map[string]any{
					"strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noEmit": true,
					"target": "es2022", "module": module, "moduleResolution": resolution,
					"lib": []string{"es2022", "dom"}, "types": []string{},
				},
				"files": []string{"main.mts"},
			})
			name := filepath.Join(dir, "tsconfig."+resolution+".json")
			write(t, name, string(config))
			if output, err := exec.Command(tsc, "-p", name).CombinedOutput(); err != nil {
				t.Errorf("tsc: %v\n%s", err, output)
			}
		})
	}
}

// importOnServer imports every module where a server renders the page: nothing is
// fetched, and no global is touched (C44).
func importOnServer(t *testing.T, tarball string) {
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node.js is missing: install version 20 or later, https://nodejs.org/en/download")
	}
	dir := t.TempDir()
	installed := filepath.Join(dir, "node_modules", "authfetch")
	unpack(t, tarball, installed)
	modules := slices.DeleteFunc(entries(t, installed, "default"), func(name string) bool { return path.Ext(name) != "" })
	names, err := json.Marshal(modules)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.mjs"), `
globalThis.fetch = () => { throw new Error("something was fetched"); };
const before = Object.getOwnPropertyNames(globalThis).join();
for (const name of `+string(names)+`) await import(name);
if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error("the globals have changed");
`)
	cmd := exec.Command(node, "main.mjs")
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("node: %v\n%s", err, output)
	}
}

// entries are the names under which an installed package can be imported, in their
// order, where they have a file for a condition.
func entries(t *testing.T, installed, condition string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(installed, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Exports map[string]json.RawMessage }
	if err := json.Unmarshal(content, &manifest); err != nil {
		t.Fatal(err)
	}
	var found []string
	for name, export := range manifest.Exports {
		var conditions map[string]string
		if json.Unmarshal(export, &conditions) == nil && conditions[condition] != "" {
			found = append(found, "authfetch"+strings.TrimPrefix(name, "."))
		}
	}
	if slices.Sort(found); len(found) == 0 || found[0] != "authfetch" {
		t.Fatalf("entries with %q: %q", condition, found)
	}
	return found
}
