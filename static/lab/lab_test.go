package lab_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/static"
	"github.com/authfetch/authfetch/static/lab"
)

// each calls f with every file of a tree.
func each(t *testing.T, tree fs.FS, f func(name, text string)) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		f(name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a page refers to is its own, or the demo's and authFetch's beside it.
func TestPagesHoldWhatTheyReferTo(t *testing.T) {
	references := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`\s(?:src|href)="(\./[^"]+)"`),
		".js":   regexp.MustCompile(`(?:from |import\()(?:/\*.*?\*/ \()?"(\.{1,2}/[^"]+\.js)"`),
	}
	found := 0
	for _, tree := range []fs.FS{lab.Victim(), lab.Desk()} {
		each(t, tree, func(name, text string) {
			pattern := references[path.Ext(name)]
			if pattern == nil {
				return
			}
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				found++
				target := path.Join(path.Dir(name), m[1])
				_, own := fs.Stat(tree, target)
				_, shared := fs.Stat(static.Files(), target)
				if own != nil && shared != nil {
					t.Errorf("%s refers to %s, which is nowhere", name, m[1])
				}
			}
		})
	}
	if found < 10 {
		t.Errorf("%d references found: the patterns of this test are wrong", found)
	}
}

// The flaw is in one line of the victim's page. The attacker's page shows what comes
// from anywhere, and has none.
func TestOneFlaw(t *testing.T) {
	flaws := 0
	for _, tree := range []fs.FS{lab.Victim(), lab.Desk()} {
		each(t, tree, func(name, text string) {
			for _, way := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "DOMParser", "srcdoc", "setHTMLUnsafe", "eval(", "new Function"} {
				if n := strings.Count(text, way); n > 0 {
					flaws += n
					t.Logf("%s uses %s", name, way)
				}
			}
		})
	}
	if flaws != 1 {
		t.Errorf("%d places make markup of strings, want the one of the flaw", flaws)
	}
}
