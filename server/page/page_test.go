package page_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/authfetch/authfetch/server/page"
)

func site() fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range map[string]string{
		"index.html": `<!doctype html><link rel="stylesheet" href="./demo/look.css">
<script type="module" src="demo/main.js"></script><a href="other.html">other</a><pre>import "./authfetch.js"</pre>`,
		"other.html":          "<p>other",
		"authfetch.js":        `const module = new URL("./dist/authfetch.wasm", import.meta.url); // the module` + strings.Repeat("\n// filler", 50),
		"authfetch.d.ts":      "export {};",
		"demo/main.js":        `import { createAuthFetch } from "../authfetch.js"; const api = "/api/users/me"; const text = "authfetch.js";`,
		"demo/look.css":       `body { background: url("paper.svg") }`,
		"demo/paper.svg":      "<svg xmlns='http://www.w3.org/2000/svg'/>",
		"dist/authfetch.wasm": "\x00asm" + strings.Repeat("w", 1000),
		"dist/.gitignore":     "*",
	} {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return files
}

func start(t *testing.T, config page.Config) http.Handler {
	t.Helper()
	h, err := page.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type header map[string]string

func get(t *testing.T, h http.Handler, target string, headers header) *http.Response {
	t.Helper()
	return do(t, h, http.MethodGet, target, headers)
}

func do(t *testing.T, h http.Handler, method, target string, headers header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTypes(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	for target, want := range map[string]string{
		"/":                    "text/html; charset=utf-8",
		"/index.html":          "text/html; charset=utf-8",
		"/authfetch.js":        "text/javascript; charset=utf-8",
		"/authfetch.d.ts":      "text/plain; charset=utf-8",
		"/demo/look.css":       "text/css; charset=utf-8",
		"/demo/paper.svg":      "image/svg+xml",
		"/dist/authfetch.wasm": "application/wasm",
	} {
		t.Run(target, func(t *testing.T) {
			res := get(t, h, target, nil)
			if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != want {
				t.Errorf("status %d, type %q; want 200, %q", res.StatusCode, got, want)
			}
			if got := res.Header.Get("Cache-Control"); got != "no-cache" {
				t.Errorf("Cache-Control: %q, want no-cache", got)
			}
		})
	}
}

func TestReferencesLeadToImmutableFiles(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	// Each step follows the reference that the file before holds.
	steps := []struct{ reference, in, at string }{
		{`src="(demo/main\.[0-9a-f]{16}\.js)"`, "/", "/"},
		{`"(\.\./authfetch\.[0-9a-f]{16}\.js)"`, "", "/demo/"},
		{`"(\./dist/authfetch\.[0-9a-f]{16}\.wasm)"`, "", "/"},
	}
	address := ""
	for _, step := range steps {
		if step.in != "" {
			address = step.in
		}
		body := text(t, get(t, h, address, nil))
		found := regexp.MustCompile(step.reference).FindStringSubmatch(body)
		if found == nil {
			t.Fatalf("%s does not refer to %s:\n%s", address, step.reference, body)
		}
		address = step.at + strings.TrimPrefix(strings.TrimPrefix(found[1], "../"), "./")
		if strings.HasPrefix(found[1], "../") {
			address = "/" + strings.TrimPrefix(found[1], "../")
		}
		res := get(t, h, address, nil)
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: status %d, Cache-Control %q", address, res.StatusCode, got)
		}
	}
}

func TestWhatIsNotAReferenceStays(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	for target, wants := range map[string][]string{
		"/":              {`href="other.html"`, `<pre>import "./authfetch.js"</pre>`},
		"/demo/main.js":  {`"/api/users/me"`, `"authfetch.js"`},
		"/demo/look.css": {`url("paper.`},
	} {
		body := text(t, get(t, h, target, nil))
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s lost %s:\n%s", target, want, body)
			}
		}
	}
}

func TestAChangedLeafChangesEveryName(t *testing.T) {
	before := text(t, get(t, start(t, page.Config{Files: site()}), "/", nil))
	files := site()
	files["dist/authfetch.wasm"] = &fstest.MapFile{Data: []byte("\x00asm, built again")}
	after := text(t, get(t, start(t, page.Config{Files: files}), "/", nil))
	if before == after {
		t.Error("the page refers to the same script although the module behind it changed")
	}
}

func TestACircleIsRefused(t *testing.T) {
	files := fstest.MapFS{
		"a.js": {Data: []byte(`import "./b.js"`)},
		"b.js": {Data: []byte(`import "./a.js"`)},
	}
	_, err := page.New(page.Config{Files: files})
	if err == nil || !strings.Contains(err.Error(), ".js -> ") {
		t.Errorf("error %v, want one that shows the circle", err)
	}
}

func TestRevalidation(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	plain := get(t, h, "/authfetch.js", nil).Header.Get("ETag")
	packed := get(t, h, "/authfetch.js", header{"Accept-Encoding": "br"}).Header.Get("ETag")
	if plain == "" || plain == packed {
		t.Fatalf("ETags %s and %s: each encoding has its own", plain, packed)
	}
	for _, row := range []struct {
		name, match string
		want        int
	}{
		{"the same", plain, http.StatusNotModified},
		{"one of several", `"other", W/` + plain, http.StatusNotModified},
		{"any", "*", http.StatusNotModified},
		{"of the other encoding", packed, http.StatusOK},
		{"older", `"0123"`, http.StatusOK},
	} {
		t.Run(row.name, func(t *testing.T) {
			res := get(t, h, "/authfetch.js", header{"If-None-Match": row.match})
			if res.StatusCode != row.want {
				t.Errorf("status %d, want %d", res.StatusCode, row.want)
			}
			if body := text(t, res); res.StatusCode == http.StatusNotModified && body != "" {
				t.Errorf("304 with a body: %q", body)
			}
		})
	}
}

func TestMethodsAndStrayAddresses(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	for _, row := range []struct {
		method, target string
		status         int
	}{
		{http.MethodHead, "/authfetch.js", http.StatusOK},
		{http.MethodPost, "/", http.StatusMethodNotAllowed},
		{http.MethodGet, "/nothing", http.StatusNotFound},
		{http.MethodGet, "/dist/", http.StatusNotFound},
		{http.MethodGet, "/dist/.gitignore", http.StatusNotFound},
		{http.MethodGet, "/../go.mod", http.StatusNotFound},
	} {
		t.Run(row.method+" "+row.target, func(t *testing.T) {
			res := do(t, h, row.method, row.target, nil)
			if res.StatusCode != row.status {
				t.Fatalf("status %d, want %d", res.StatusCode, row.status)
			}
			if body := text(t, res); row.method == http.MethodHead && body != "" {
				t.Errorf("HEAD with a body: %q", body)
			}
			if row.status == http.StatusMethodNotAllowed && res.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", res.Header.Get("Allow"))
			}
		})
	}
}

func TestS29PolicyOnEveryAnswer(t *testing.T) {
	h := start(t, page.Config{Files: site()})
	for _, target := range []string{"/", "/authfetch.js", "/nothing"} {
		policy := get(t, h, target, nil).Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "'wasm-unsafe-eval'") {
			t.Errorf("%s: policy %q", target, policy)
		}
		for _, weak := range []string{"'unsafe-inline'", "'unsafe-eval'", "*"} {
			if strings.Contains(policy, weak) {
				t.Errorf("%s: policy allows %s", target, weak)
			}
		}
	}
}

func TestAFileThatIsNotBuilt(t *testing.T) {
	files := site()
	delete(files, "dist/authfetch.wasm")
	missing := map[string]string{"dist/authfetch.wasm": `The module is not built: run "make build".`}
	h := start(t, page.Config{Files: files, Missing: missing})
	res := get(t, h, "/", nil)
	if body := text(t, res); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make build") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
	if res := get(t, h, "/authfetch.js", nil); res.StatusCode != http.StatusOK {
		t.Errorf("the loader: status %d", res.StatusCode)
	}
	built := start(t, page.Config{Files: site(), Missing: missing})
	if res := get(t, built, "/", nil); res.StatusCode != http.StatusOK {
		t.Errorf("after the build: status %d", res.StatusCode)
	}
}
