package static_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/static"
)

// sources are the files of ours that a browser runs or shows.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := fs.WalkDir(static.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, "dist/") {
			return err
		}
		if strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".html") {
			text, err := fs.ReadFile(static.Files(), name)
			found[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil || len(found) < 3 {
		t.Fatalf("%d files, error %v", len(found), err)
	}
	return found
}

// What a server or a user says is text, also where it looks like markup. The page's
// policy would stop some of these, but a page that copies from here has another.
func TestTextsBecomeNoMarkup(t *testing.T) {
	for name, text := range sources(t) {
		for _, way := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "DOMParser", "srcdoc", "setHTMLUnsafe", "eval(", "new Function"} {
			if strings.Contains(text, way) {
				t.Errorf("%s uses %s", name, way)
			}
		}
	}
}

// Passwords are masked, and password managers know which is which.
func TestPasswordFields(t *testing.T) {
	files := sources(t)
	masked := 0
	for _, field := range regexp.MustCompile(`<input\b[^>]*>`).FindAllString(files["index.html"], -1) {
		if !strings.Contains(field, "password") || strings.Contains(field, `type="email"`) {
			continue
		}
		masked++
		if !strings.Contains(field, `type="password"`) || !regexp.MustCompile(`autocomplete="(current|new)-password"`).MatchString(field) {
			t.Errorf("a password that shows, or that no password manager knows: %s", field)
		}
	}
	if masked == 0 {
		t.Error("the page has no fields for passwords; is this test looking in the right place?")
	}
	for name, text := range files {
		if strings.Contains(text, "paste") {
			t.Errorf("%s looks at what is pasted", name)
		}
	}
}
