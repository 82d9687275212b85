//go:build !js

package e2e_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// update has the README's table written anew, after a run of all specs:
//
//	make test-e2e UPDATE=1
var update = flag.Bool("update", false, "write the README's table of browsers")

// engines in the order of the table's columns.
var engines = []struct {
	engine
	title string
}{{chromium, "Chromium"}, {firefox, "Firefox"}, {webkit, "WebKit"}}

// A result is how one spec went in one browser.
type result struct {
	engine, module, spec string
	except               string // why the browser is not held to it; empty: it is
	instead              bool
	passed               bool
}

// results are those of all browsers.
type results struct {
	mu       sync.Mutex
	list     []result
	versions map[string]string // by the browser's name
	whole    map[string]bool   // browsers that have run every spec of every module
}

var ran = results{versions: map[string]string{}, whole: map[string]bool{}}

func (r *results) add(with engine, version, module string, spec specInfo, t *testing.T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.versions[with.name] = version
	r.list = append(r.list, result{
		engine: with.name, module: module, spec: spec.Name,
		except: spec.Except[with.name], instead: spec.Instead, passed: !t.Failed() && !t.Skipped(),
	})
}

// end notes whether a browser has run all specs of so many modules, or whether -run
// has left some out.
func (r *results) end(with engine, modules, specs int) {
	seen, all := map[string]bool{}, 0
	for _, result := range r.list {
		if result.engine == with.name {
			seen[result.module] = true
			all++
		}
	}
	r.whole[with.name] = len(seen) == modules && all == specs
}

// modules are the names of those that have run, in order.
func (r *results) modules() []string {
	var names []string
	for _, result := range r.list {
		names = append(names, result.module)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// count says how many specs of a module one browser has run, passed, and is excepted
// from.
func (r *results) count(engine, module string) (all, passed, excepted int) {
	for _, result := range r.list {
		if result.engine != engine || result.module != module {
			continue
		}
		all++
		if result.passed {
			passed++
		}
		if result.except != "" {
			excepted++
		}
	}
	return all, passed, excepted
}

// exceptions lists what a browser is not held to, and why.
func (r *results) exceptions() string {
	list := slices.Clone(r.list)
	slices.SortFunc(list, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.spec, b.spec), cmp.Compare(a.engine, b.engine))
	})
	var text strings.Builder
	for _, result := range list {
		if result.except == "" {
			continue
		}
		how := "not run"
		if result.instead {
			how = "what happens instead is tested"
		}
		title := result.engine
		for _, e := range engines {
			if e.name == result.engine {
				title = e.title
			}
		}
		fmt.Fprintf(&text, "- %s, `%s`, %s: %s %s (%s).\n", title, result.module, result.spec, title, result.except, how)
	}
	return text.String()
}

// report is the table with all that this run knows, on this machine.
func (r *results) report() string {
	var text strings.Builder
	text.WriteString("| specs |")
	for _, e := range engines {
		fmt.Fprintf(&text, " %s |", cmp.Or(r.versions[e.name], e.title+": not run"))
	}
	text.WriteString("\n|---|---|---|---|\n")
	for _, module := range r.modules() {
		fmt.Fprintf(&text, "| %s |", module)
		for _, e := range engines {
			all, passed, excepted := r.count(e.name, module)
			fmt.Fprintf(&text, " %d of %d", passed, all)
			if excepted > 0 {
				fmt.Fprintf(&text, ", %d otherwise", excepted)
			}
			text.WriteString(" |")
		}
		text.WriteString("\n")
	}
	return text.String() + "\n" + r.exceptions()
}

// table is the README's: what does not change from one machine to the next.
func (r *results) table(about func(module string) string) string {
	var text strings.Builder
	text.WriteString("| specs | what they are about |")
	for _, e := range engines {
		fmt.Fprintf(&text, " %s |", e.title)
	}
	text.WriteString("\n|---|---|---|---|---|\n")
	for _, module := range r.modules() {
		fmt.Fprintf(&text, "| `%s` | %s |", module, about(module))
		for _, e := range engines {
			_, _, excepted := r.count(e.name, module)
			fmt.Fprintf(&text, " %s |", map[bool]string{true: "all", false: fmt.Sprintf("all but %d", excepted)}[excepted == 0])
		}
		text.WriteString("\n")
	}
	if list := r.exceptions(); list != "" {
		text.WriteString("\n" + list)
	}
	return text.String()
}

// about is the first sentence of a spec module's comment.
func about(t *testing.T, module string) string {
	t.Helper()
	source, err := os.ReadFile("specs/" + module)
	if err != nil {
		t.Fatal(err)
	}
	comment := regexp.MustCompile(`(?m)\A// @ts-check\n((?:// .*\n)+)`).FindStringSubmatch(string(source))
	if comment == nil {
		t.Fatalf("specs/%s does not begin with a comment", module)
	}
	words := strings.Join(strings.Fields(strings.ReplaceAll(comment[1], "//", "")), " ")
	sentence, _, _ := strings.Cut(words, ". ")
	return strings.TrimSuffix(sentence, ".")
}

const tableBegins, tableEnds = "<!-- what runs where: written by make test-e2e UPDATE=1 -->\n", "<!-- end -->"

// TestBrowserTable comes after the tests of the browsers, and holds the README to
// what they have run.
func TestBrowserTable(t *testing.T) {
	if err := os.MkdirAll("../../.build", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../../.build/browsers.md", []byte(ran.report()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		if !ran.whole[e.name] {
			t.Skipf("needs a run of all specs in all browsers, without -run; %s has not run all", e.title)
		}
	}
	holdREADME(t, tableBegins, tableEnds, "\n"+ran.table(func(module string) string { return about(t, module) })+"\n")
}

// holdREADME compares a part of the README, or writes it.
func holdREADME(t *testing.T, begins, ends, table string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(readme), begins)
	old, after, ended := strings.Cut(rest, ends)
	if !found || !ended {
		t.Fatalf("README.md has no lines %q and %q", begins, ends)
	}
	switch {
	case old == table:
	case *update:
		if err := os.WriteFile("../../README.md", []byte(before+begins+table+ends+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("README.md: the table is not what has run; make test-e2e UPDATE=1 writes it:\n%s", table)
	}
}
