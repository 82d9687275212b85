package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the repository.
const root = "../../.."

// evidence is how the last cell of a security table names a test: the package,
// the function, and where it matters the subtest.
var evidence = regexp.MustCompile("^((?:server|wasm|static|scripts)[a-z0-9/]*) ((?:Test|Fuzz|Example)[A-Za-z0-9_]*)(?:/(.+))?$")

// honest is how the last cell begins where no test shows the whole row.
var honest = regexp.MustCompile(`^(Not met|In part|Yours|Not tested): \S`)

// TestEvidence holds the manual's security tables to the tests: whatever they
// name exists, and every row either names a test or says in words why not.
func TestEvidence(t *testing.T) {
	suite := newSuite(t)
	tested := 0
	for _, tab := range tables(readManual(t)) {
		if tab.columns[len(tab.columns)-1] != "shown by" {
			continue
		}
		seen := make(map[string]bool)
		for _, row := range tab.rows {
			if len(row.cells) != len(tab.columns) {
				t.Errorf("README.md:%d: %d cells under %d columns", row.line, len(row.cells), len(tab.columns))
				continue
			}
			if seen[row.cells[0]] {
				t.Errorf("README.md:%d: %s has a row already", row.line, row.cells[0])
			}
			seen[row.cells[0]] = true
			shown := row.cells[len(row.cells)-1]
			named := suite.check(t, row.line, shown)
			tested += named
			if named == 0 && !honest.MatchString(shown) {
				t.Errorf("README.md:%d: %s names no test, and does not say why: %q", row.line, row.cells[0], shown)
			}
		}
	}
	if tested == 0 {
		t.Error("the manual names no tests; is this test looking at the right tables?")
	}
}

// suite is what the repository's test files declare: by package, then by the
// name of the function, the texts in it, among which are the names of subtests.
type suite map[string]map[string]map[string]bool

func newSuite(t *testing.T) suite {
	t.Helper()
	s := make(suite)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || path != root && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			return s.read(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s suite) read(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	dir, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		return err
	}
	if s[dir] == nil {
		s[dir] = make(map[string]map[string]bool)
	}
	for _, decl := range file.Decls {
		if function, ok := decl.(*ast.FuncDecl); ok && function.Recv == nil {
			s[dir][function.Name.Name] = texts(function)
		}
	}
	return nil
}

// texts are the string literals in a function.
func texts(function *ast.FuncDecl) map[string]bool {
	found := make(map[string]bool)
	ast.Inspect(function, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				found[text] = true
			}
		}
		return true
	})
	return found
}

// check complains about tests that do not exist and returns how many do.
func (s suite) check(t *testing.T, line int, cell string) int {
	t.Helper()
	found := 0
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		named := evidence.FindStringSubmatch(match[1])
		if named == nil {
			if strings.Contains(match[1], "Test") {
				t.Errorf("README.md:%d: %q is not written as `package TestName/subtest`", line, match[1])
			}
			continue
		}
		inside, exists := s[named[1]][named[2]]
		switch {
		case !exists:
			t.Errorf("README.md:%d: package %s has no %s", line, named[1], named[2])
		case named[3] == "" || inside[named[3]] || isSpec(named[1], named[3]):
			found++
		default:
			t.Errorf("README.md:%d: %s of package %s has no subtest %q", line, named[2], named[1], named[3])
		}
	}
	return found
}

// isSpec tells whether a subtest is a spec that runs in the page: its file, a
// slash, its name.
func isSpec(dir, name string) bool {
	file, spec, _ := strings.Cut(name, "/")
	text, err := os.ReadFile(filepath.Join(root, dir, "specs", file))
	return err == nil && strings.Contains(string(text), `("`+spec+`"`)
}
