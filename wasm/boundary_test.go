//go:build !js

// Package main_test holds the arrows between the packages: who may import whom,
// what must not end up in the module or in the server, and that code for the page
// is built for the page only. It asks the go command, so that it judges what is
// built, and not what a reader believes.
package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/authfetch/authfetch/"

// The two platforms that the repository is built for.
var (
	native = []string{}
	page   = []string{"GOOS=js", "GOARCH=wasm"}
)

// imports says which packages of ours, and of those that are kept in one place,
// each package may import. A new package has to be put here.
var imports = map[string][]string{
	"wasm":                              {"wasm/internal/browser", "wasm/internal/session", "server/wire", "js"},
	"wasm/internal/browser":             {"wasm/internal/session", "server/wire", "js"},
	"wasm/internal/session":             {"server/wire"},
	"wasm/internal/session/sessiontest": {"wasm/internal/session", "server/wire"},

	"server":                                        {"server/account", "server/dpop", "server/internal/bearer", "server/internal/bound", "server/internal/proxied", "server/rotation", "server/secret", "server/token", "server/wire", "echo"},
	"server/account":                                {"server/secret"},
	"server/account/storetest":                      {"server/account", "server/rotation", "server/wire"},
	"server/cmd/authfetchd":                         {"server", "server/account", "server/internal/transfer", "server/metrics", "server/page", "server/rotation", "server/secret", "server/store/pgstore", "server/store/sqlitestore", "server/token", "server/wire", "static", "prometheus"},
	"server/cmd/xsslab":                             {"server", "server/account", "server/page", "server/secret", "server/store/sqlitestore", "server/wire", "static", "static/lab"},
	"server/dpop":                                   {"server/internal/jws", "server/secret"},
	"server/dpop/dpoptest":                          {"server/dpop"},
	"server/internal/bearer":                        {"server/dpop", "server/wire"},
	"server/internal/bound":                         {"server/dpop", "server/internal/proxied", "server/wire"},
	"server/internal/cached":                        {},
	"server/internal/jws":                           {"jwt"},
	"server/internal/proxied":                       {},
	"server/internal/transfer":                      {},
	"server/metrics":                                {"server", "server/rotation", "server/wire", "prometheus"},
	"server/page":                                   {},
	"server/resource":                               {"server/dpop", "server/internal/bearer", "server/internal/bound", "server/internal/cached", "server/secret", "server/token", "server/wire"},
	"server/rotation":                               {"server/internal/jws", "server/secret", "server/wire", "jwt"},
	"server/rotation/storetest":                     {"server/rotation", "server/wire"},
	"server/secret":                                 {},
	"server/servertest":                             {"server", "server/account", "server/dpop/dpoptest", "server/secret", "server/store/sqlitestore", "server/wire"},
	"server/store/internal/ownership":               {"server/rotation", "server/secret", "server/token"},
	"server/store/internal/ownership/ownershiptest": {"server/rotation", "server/secret", "server/store/internal/ownership", "server/token"},
	"server/store/pgstore":                          {"server/account", "server/dpop", "server/internal/transfer", "server/rotation", "server/secret", "server/store/internal/ownership", "server/token", "server/wire", "sql"},
	"server/store/pgstore/pgtest":                   {"sql"},
	"server/store/sqlitestore":                      {"server/account", "server/dpop", "server/internal/transfer", "server/rotation", "server/secret", "server/store/internal/ownership", "server/token", "server/wire", "sql"},
	"server/token":                                  {"server/internal/cached", "server/internal/jws", "server/secret", "jwt"},
	"server/token/storetest":                        {"server/rotation", "server/token"},
	"server/wire":                                   {},
	"static":                                        {},
	"static/lab":                                    {},
	"scripts/compress":                              {},
	"scripts/pack":                                  {"scripts/compress"},
	"scripts/size":                                  {"scripts/compress"},
	"scripts/size/bare":                             {"js"},
	"wasm/e2e":                                      {}, // tests only
}

// kept are the packages of others that have one place.
var kept = map[string][]string{
	"js":         {"syscall/js", "github.com/hack-pad/safejs"},
	"echo":       {"github.com/labstack/echo"},
	"jwt":        {"github.com/golang-jwt/jwt"},
	"prometheus": {"github.com/prometheus"},
	"sql":        {"database/sql", "modernc.org/sqlite", "github.com/pressly/goose", "github.com/jackc/pgx"},
}

// name is how the table calls an imported package; empty where it does not matter.
func name(path string) string {
	for name, prefixes := range kept {
		for _, prefix := range prefixes {
			if within(path, prefix) {
				return name
			}
		}
	}
	own, found := strings.CutPrefix(path, module)
	if !found {
		return ""
	}
	return own
}

// within reports whether a path is the package or one below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func TestImportsPointOneWay(t *testing.T) {
	used := map[string][]string{}
	all := append(list(t, native, "./..."), list(t, page, "./wasm/...", "./scripts/size/...")...)
	for _, pkg := range all {
		own := name(pkg.ImportPath)
		used[own] = append(used[own], "") // it is there
		allowed, known := imports[own]
		if !known {
			t.Errorf("%s is new: say in this test what it may import", own)
			continue
		}
		for _, path := range pkg.Imports {
			to := name(path)
			used[own] = append(used[own], to)
			if to != "" && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, and must not", own, path)
			}
		}
	}
	for own, allowed := range imports {
		if used[own] == nil {
			t.Errorf("%s is gone: take it out of this test", own)
			continue
		}
		for _, to := range allowed {
			if !slices.Contains(used[own], to) {
				t.Errorf("%s does not import %s: take it out of this test", own, to)
			}
		}
	}
}

// What a program has inside, directly or through others.
func TestWhatIsInside(t *testing.T) {
	for _, test := range []struct {
		name, pattern string
		platform      []string
		without       []string
		with          []string // a sign that the right thing was looked at
	}{
		{
			name: "the core runs anywhere", pattern: "./wasm/internal/session/...", platform: native,
			without: []string{"syscall/js", "github.com/hack-pad/safejs", "net/http", "encoding/json", "log/slog"},
			with:    []string{module + "server/wire"},
		},
		{
			name: "the core, built for the page", pattern: "./wasm/internal/session", platform: page,
			without: []string{"github.com/hack-pad/safejs"},
			with:    []string{module + "server/wire"},
		},
		{
			name: "the module is light", pattern: "./wasm", platform: page,
			without: []string{"net/http", "encoding/json", "log/slog", "github.com/golang-jwt/jwt", "crypto/tls", "database/sql", "regexp"},
			with:    []string{"syscall/js", module + "wasm/internal/session"},
		},
		{
			name: "the server brings no database and no metrics along", pattern: "./server", platform: native,
			without: []string{"github.com/prometheus", "database/sql", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose", module + "server/store", module + "static", "testing"},
			with:    []string{module + "server/rotation", "github.com/labstack/echo/v4"},
		},
		{
			name: "a resource server needs neither Echo nor a database", pattern: "./server/resource", platform: native,
			without: []string{"database/sql", "modernc.org/sqlite", "github.com/labstack/echo", module + "server/rotation", module + "server/store", "testing"},
			with:    []string{module + "server/token", "github.com/golang-jwt/jwt/v5"},
		},
		{
			name: "the program has no tests inside", pattern: "./server/cmd/authfetchd", platform: native,
			without: []string{"testing", module + "server/servertest", module + "server/rotation/storetest", module + "server/account/storetest", module + "wasm"},
			with:    []string{module + "server/store/sqlitestore", module + "server/metrics", module + "static"},
		},
		{
			name: "the lab is in no other program", pattern: "./server/cmd/authfetchd", platform: native,
			without: []string{module + "server/cmd/xsslab", module + "static/lab"},
			with:    []string{module + "static"},
		},
		{
			name: "the lab has no tests inside", pattern: "./server/cmd/xsslab", platform: native,
			without: []string{"testing", module + "server/servertest", module + "wasm"},
			with:    []string{module + "server", module + "static/lab"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var inside []string
			for _, pkg := range list(t, test.platform, "-deps", test.pattern) {
				inside = append(inside, pkg.ImportPath)
			}
			for _, path := range test.with {
				if !slices.Contains(inside, path) {
					t.Errorf("%s does not contain %s: is this test looking in the right place?", test.pattern, path)
				}
			}
			for _, path := range inside {
				for _, prefix := range test.without {
					if within(path, prefix) {
						t.Errorf("%s contains %s", test.pattern, path)
					}
				}
			}
		})
	}
}

// The contract is in the module too, where everything that it imported would weigh.
func TestWireImportsNothing(t *testing.T) {
	for _, pkg := range list(t, native, "./server/wire") {
		if len(pkg.Imports) != 0 {
			t.Errorf("%s imports %q", pkg.ImportPath, pkg.Imports)
		}
	}
}

// Tests may import Echo and golang-jwt only where the code does: what a test needs
// of them elsewhere, a user would need too.
func TestTestsRespectTheArrows(t *testing.T) {
	for _, pkg := range list(t, native, "./...") {
		own := name(pkg.ImportPath)
		for _, path := range slices.Concat(pkg.TestImports, pkg.XTestImports) {
			switch to := name(path); to {
			case "echo", "jwt", "js":
				if !slices.Contains(imports[own], to) {
					t.Errorf("the tests of %s import %s, and must not", own, path)
				}
			}
		}
	}
}

// Code that touches JavaScript is built for the page only, all of it, so that
// go build ./... and go vet ./... work everywhere; the core has no build tags.
func TestBuildTags(t *testing.T) {
	for own, onlyPage := range map[string]bool{
		"wasm": true, "wasm/internal/browser": true, "scripts/size/bare": true,
		"wasm/internal/session": false, "wasm/internal/session/sessiontest": false, "server/wire": false,
	} {
		here, there := list(t, native, "-e", "./"+own)[0], list(t, page, "./"+own)[0]
		if len(there.GoFiles) == 0 {
			t.Errorf("%s has no files for the page", own)
		}
		switch {
		case onlyPage && len(here.GoFiles) != 0:
			t.Errorf("%s: %q lack the build tag js && wasm", own, here.GoFiles)
		case !onlyPage && !slices.Equal(here.GoFiles, there.GoFiles):
			t.Errorf("%s differs between platforms: %q here, %q in the page", own, here.GoFiles, there.GoFiles)
		}
	}
}

func TestTopLevel(t *testing.T) {
	want := []string{"LICENSE", "Makefile", "README.md", "go.mod", "go.sum", "scripts", "server", "static", "wasm"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		// bin is built, and not in the repository.
		if name := entry.Name(); !strings.HasPrefix(name, ".") && name != "bin" {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the top level holds\n%q, want\n%q", got, want)
	}
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath                         string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// list runs go list at the root of the module, for a platform.
func list(t *testing.T, platform []string, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,GoFiles,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(cmd.Environ(), platform...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(cmd.Args[1:], " "), err, &complaints)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var pkg goPackage
		if err := decoder.Decode(&pkg); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, pkg)
	}
	if len(packages) == 0 {
		t.Fatalf("go %s: no packages", strings.Join(cmd.Args[1:], " "))
	}
	return packages
}
