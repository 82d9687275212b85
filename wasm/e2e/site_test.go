//go:build !js

package e2e_test

import (
	"fmt"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/authfetch/authfetch/server/page"
)

// A site is what one spec has to itself: the API with its page side, the servers
// of foreign origins, other backends, and the control plane.
type site struct {
	running  atomic.Pointer[api]
	backends backends // at the API's origin and at the foreign ones
	traffic  *traffic
	result   chan verdict
	// restart ends the API and starts it on the same data with other settings.
	restart func(settings) error

	tab     *tab // that runs the spec, once it is opened
	opened  chan struct{}
	engine  string
	url     string            // the page's and the API's origin
	numeric string            // the same with the address for a host, for those who ask DNS
	origins map[string]string // foreign to the API, by name
	plane   string            // the control plane's address
}

// newSite starts the servers for a browser, and stops them with the test.
func newSite(t *testing.T, browser engine, pages http.Handler, http2 bool) *site {
	t.Helper()
	s := &site{
		engine: browser.name, backends: newBackends(), traffic: newTraffic(),
		opened: make(chan struct{}), result: make(chan verdict, 1),
	}
	host := newHost()

	s.running.Store(newAPI(t, "", settings{}, s.privateRoutes()))
	s.restart = func(with settings) error {
		before := s.api()
		if err := before.Close(); err != nil {
			return err
		}
		s.running.Store(newAPI(t, before.Dir, with, s.privateRoutes()))
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { s.api().handler.ServeHTTP(w, r) })
	for path, handler := range publicRoutes() {
		mux.HandleFunc("/api/test"+path, handler)
	}
	s.backends.mount(mux, direct)
	front := httptest.NewUnstartedServer(s.traffic.watch("api", mux))
	front.Config.ErrorLog = log.New(t.Output(), "", 0)
	front.EnableHTTP2 = http2
	start := (*httptest.Server).Start
	if browser.secure {
		start = (*httptest.Server).StartTLS
	}
	if http2 {
		front.StartTLS()
	} else {
		start(front)
	}
	s.url, s.numeric = named(front.URL, host), front.URL

	foreign := httptest.NewUnstartedServer(s.foreign(host))
	start(foreign)
	s.origins = map[string]string{
		"host":   foreign.URL,
		"port":   named(foreign.URL, host),
		"suffix": named(foreign.URL, host+".evil.localhost"), // browsers keep *.localhost here
	}
	plane := httptest.NewUnstartedServer(s.control())
	start(plane)
	s.plane = named(plane.URL, "localhost")

	t.Cleanup(func() {
		close(s.traffic.closed)
		front.CloseClientConnections()
		front.Close()
		foreign.Close()
		plane.Close()
	})
	return s
}

// api is the API that runs now.
func (s *site) api() *api { return s.running.Load() }

// named gives the host of a URL a name, which to a browser is another host than the
// address. Cookies of localhost, and below it, may be Secure without TLS.
func named(url, host string) string {
	return strings.Replace(url, "127.0.0.1", host, 1)
}

// foreign serves the foreign origins. They let pages of any origin do anything, so
// that it is not CORS that keeps a token from them.
func (s *site) foreign(host string) http.Handler {
	mux := http.NewServeMux()
	for path, handler := range publicRoutes() {
		mux.HandleFunc(path, handler)
	}
	open := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			h.Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		mux.ServeHTTP(w, r)
	})
	all := http.NewServeMux()
	all.Handle("/", open)
	s.backends.mount(all, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cors(s.url, next).ServeHTTP(w, r) })
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "host"
		switch asked, _, _ := strings.Cut(r.Host, ":"); asked {
		case host:
			name = "port"
		case host + ".evil.localhost":
			name = "suffix"
		}
		s.traffic.watch(name, all).ServeHTTP(w, r)
	})
}

// address is the page that runs one spec of a module, or lists its specs where no
// spec is named.
func (s *site) address(module, spec string) string {
	query := url.Values{"control": {s.plane}, "module": {module}, "engine": {s.engine}, "seed": {seed()}, "origins": {fmt.Sprintf(
		`{"host":%q,"port":%q,"suffix":%q}`, s.origins["host"], s.origins["port"], s.origins["suffix"],
	)}}
	if spec != "" {
		query.Set("spec", spec)
	}
	return s.url + "/wasm/e2e/harness/page.html?" + query.Encode()
}

// newPages serves the page side as it is on disk now, and the specs beside it.
func newPages(t *testing.T, files fs.FS) http.Handler {
	t.Helper()
	pages, err := page.New(page.Config{Files: files, ContentSecurityPolicy: testPolicy()})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// testPolicy is the policy that visitors get, with the foreign origins and the
// control plane added to it.
func testPolicy() string {
	return strings.Replace(page.Policy(), "connect-src 'self'",
		"connect-src 'self' http://localhost:* http://127.0.0.1:* http://*.localhost:*", 1)
}

// pageFiles are the files as they are on disk now: what is embedded in this test
// was there before the module was built. The specs keep their place in the
// repository, so that an import means the same to tsc and to the browser.
func pageFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for dir, at := range map[string]string{"../../static": "", "harness": "wasm/e2e/harness", "specs": "wasm/e2e/specs"} {
		add(t, files, os.DirFS(dir), at)
	}
	addLibraries(t, files)
	add(t, files, os.DirFS(buildInspected(t)), "inspect")
	return files
}

// add copies a tree into files, below a directory.
func add(t *testing.T, files fstest.MapFS, tree fs.FS, dir string) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		files[path.Join(dir, name)] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// specModules are the names of the files in specs.
func specModules(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("specs")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, entry := range entries {
		if path.Ext(entry.Name()) == ".js" {
			names[entry.Name()] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
