package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/wire"
)

// TestManual holds the operator's manual to the program: what it lists exists,
// and what exists is listed.
func TestManual(t *testing.T) {
	manual := readManual(t)
	t.Run("codes", func(t *testing.T) {
		codes := make(map[string]bool)
		for _, code := range wire.Codes() {
			codes[string(code)] = true
		}
		tab := tableIn(t, manual, "Codes, and what to do about each")
		wantListed(t, tab, codes)
		for code, row := range tab.firstQuoted() {
			if want := strconv.Itoa(wire.Code(code).Status()); row.cells[1] != want {
				t.Errorf("README.md:%d: %s has status %s, want %s", row.line, code, row.cells[1], want)
			}
		}
	})
	t.Run("reasons", func(t *testing.T) {
		reasons := make(map[string]bool)
		for _, reason := range wire.Reasons() {
			reasons[string(reason)] = true
		}
		wantListed(t, tableIn(t, manual, "Reasons"), reasons)
	})
	t.Run("events", func(t *testing.T) {
		wantListed(t, tableIn(t, manual, "Events"), constants(t, "server", "EventType"))
	})
	t.Run("outcomes", func(t *testing.T) {
		wantListed(t, tableIn(t, manual, "Outcomes"), constants(t, "server/rotation", "Outcome"))
	})
	t.Run("metrics", func(t *testing.T) {
		shown := make(map[string]bool)
		for _, database := range [][]string{nil, {"--database", pgtest.Shared(t).Database(t)}} { // each has some of its own
			d := serve(t, append(database, "--demo", "--data", t.TempDir(), "--admin-addr", "127.0.0.1:0")...)
			login(t, d.url, demoEmail, demoPassword) // a histogram shows once it has seen something
			_, body := get(t, adminURL(t, d)+"/metrics")
			for _, match := range regexp.MustCompile(`(?m)^# TYPE (authfetch_\w+) `).FindAllStringSubmatch(body, -1) {
				shown[match[1]] = true
			}
		}
		wantListed(t, tableIn(t, manual, "Metrics"), shown)
	})
	t.Run("links", func(t *testing.T) {
		for _, match := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(manual, -1) {
			if !slices.ContainsFunc(strings.Split(manual, "\n"), func(line string) bool { return anchor(line) == match[1] }) {
				t.Errorf("no heading of the manual is #%s", match[1])
			}
		}
	})
	t.Run("commands", func(t *testing.T) {
		wantListed(t, tableIn(t, manual, "Commands"), commandNames(t))
	})
	t.Run("throttling", func(t *testing.T) {
		policy, err := account.ThrottlePolicy{}.WithDefaults()
		if err != nil {
			t.Fatal(err)
		}
		window := fmt.Sprintf("%d in %.0f minutes", policy.AccountFailures, policy.Window.Minutes())
		longest := fmt.Sprintf("%.0f hours", policy.MaxPause.Hours())
		addresses := fmt.Sprintf("%d in %.0f minutes", policy.AddressFailures, policy.Window.Minutes())
		rows := tableIn(t, manual, "Throttling").rows
		for i, want := range []string{window, addresses, window, addresses, strconv.Itoa(policy.Parallel)} {
			if i >= len(rows) || rows[i].cells[1] != want {
				t.Errorf("row %d of the throttling table does not say %q", i+1, want)
			}
		}
		if !strings.Contains(rows[0].cells[2], "up to "+longest) {
			t.Errorf("README.md:%d: the longest pause is %s", rows[0].line, longest)
		}
	})
	t.Run("options", func(t *testing.T) {
		help := allHelp(t)
		for _, name := range regexp.MustCompile(`--[a-z][a-z-]+|AUTHFETCH_[A-Z_]+`).FindAllString(manual, -1) {
			if !regexp.MustCompile(`(?m)\s` + name + `\b`).MatchString(help) {
				t.Errorf("the manual names %s, and no command's help does", name)
			}
		}
	})
}

// anchor is how a heading is linked to: in lower case, without punctuation, with
// hyphens for blanks. It is empty for any other line.
func anchor(line string) string {
	heading := strings.TrimLeft(line, "#")
	if heading == line {
		return ""
	}
	heading = strings.ToLower(strings.TrimSpace(heading))
	return strings.ReplaceAll(regexp.MustCompile(`[^\w -]`).ReplaceAllString(heading, ""), " ", "-")
}

// wantListed wants the same names in the table's first column.
func wantListed(t *testing.T, tab table, want map[string]bool) {
	t.Helper()
	got := tab.firstQuoted()
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("the manual's section %q leaves out %s", tab.section, name)
		}
	}
	for name, row := range got {
		if !want[name] {
			t.Errorf("README.md:%d: there is no %s", row.line, name)
		}
	}
}

// constants are the values of a package's constants of a type, as its source has
// them: no list in the program has to be kept for this.
func constants(t *testing.T, dir, typeName string) map[string]bool {
	t.Helper()
	values := make(map[string]bool)
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != typeName {
				return true
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					values[text] = true
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("package %s has no constants of type %s", dir, typeName)
	}
	return values
}

// listed are the lines of a help text that name a command.
var listed = regexp.MustCompile(`(?m)^  ([a-z]+)\b.*  `)

// commandNames asks the program for its commands: "serve", "user add".
func commandNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, match := range listed.FindAllStringSubmatch(helpOf(t), -1) {
		name := match[1]
		_, inner, has := strings.Cut(helpOf(t, name), "Commands:\n")
		if !has {
			names[name] = true
			continue
		}
		inner, _, _ = strings.Cut(inner, "\n\n")
		for _, match := range listed.FindAllStringSubmatch(inner, -1) {
			names[name+" "+match[1]] = true
		}
	}
	if len(names) == 0 {
		t.Fatal("the help names no commands")
	}
	return names
}

// allHelp is every help text that there is.
func allHelp(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(commandNames(t))) {
		b.WriteString(helpOf(t, strings.Fields(name)...))
	}
	return b.String()
}

func helpOf(t *testing.T, command ...string) string {
	t.Helper()
	got := run(t, nil, "", append([]string{"help"}, command...)...)
	if got.code != 0 {
		t.Fatalf("help %v: %s", command, got.err)
	}
	return got.out
}
