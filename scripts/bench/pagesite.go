package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing/fstest"
	"time"

	"github.com/authfetch/authfetch/scripts/compress"
	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/page"
	"github.com/authfetch/authfetch/server/wire"
)

// Files keep their places in the repository, those of static/ at the root, so
// that an import means the same to tsc and to the browser.
const (
	pageDir  = "scripts/bench/page"
	pagePath = "/" + pageDir + "/page.html"
)

// pageSite is a server with the page that measures, and what that page must
// otherwise not be able to do.
type pageSite struct {
	url   string
	http  *httptest.Server
	found chan figures

	ahead     atomic.Int64 // of the server's clock, in nanoseconds
	refreshes atomic.Int64
}

func openPageSite(d *database, files fs.FS, say func(string)) (*pageSite, error) {
	s := &pageSite{found: make(chan figures, 1)}
	auth, err := server.New(server.Config{
		Issuer: issuer, Store: d.store, Secrets: d.secrets, Authenticate: anybody,
		HTTP: server.HTTPConfig{Logger: slog.New(slog.DiscardHandler)},
		DPoP: server.DPoPConfig{Mode: server.DPoPOptional}, // as authfetchd serve has it
		Now:  func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
	})
	if err != nil {
		return nil, err
	}
	pages, err := page.New(page.Config{Files: files})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	api := routes(auth)
	mux.Handle("/api/", api)
	mux.Handle("/protected", api)
	mux.HandleFunc("POST "+wire.DefaultPrefix+wire.PathRefresh, func(w http.ResponseWriter, r *http.Request) {
		s.refreshes.Add(1)
		api.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /bench/expire", func(http.ResponseWriter, *http.Request) {
		s.ahead.Add(int64(10 * time.Minute)) // longer than an access token lives
		s.refreshes.Store(0)
	})
	mux.HandleFunc("POST /bench/refreshes", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, s.refreshes.Load())
	})
	mux.HandleFunc("POST /bench/say", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		say(string(text))
	})
	mux.HandleFunc("POST /bench/found", func(_ http.ResponseWriter, r *http.Request) {
		var found figures
		if err := json.NewDecoder(r.Body).Decode(&found); err != nil {
			found.Error = err.Error()
		}
		s.found <- found
	})
	s.http = httptest.NewServer(mux)
	// By this name browsers take Secure cookies without TLS.
	s.url = strings.Replace(s.http.URL, "127.0.0.1", "localhost", 1)
	return s, nil
}

// pageFiles are the page and all that it loads: what is shipped, the bare program
// compressed in the same way, and the peers.
func pageFiles(dir string) (fs.FS, error) {
	build := exec.Command("sh", "../build-wasm", filepath.Join(dir, "bare"), "./scripts/size/bare")
	build.Env = append(build.Environ(), "PLAIN=1") // as anybody builds it
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the bare program: %w\n%s", err, output)
	}
	all := fstest.MapFS{}
	for at, from := range map[string]string{
		"":                                      "../../static",
		pageDir:                                 "page",
		"bare":                                  filepath.Join(dir, "bare"),
		"wasm/e2e/node_modules/ky/distribution": runnerDir + "/node_modules/ky/distribution",
		"wasm/e2e/node_modules/@badgateway/oauth2-client/dist": runnerDir + "/node_modules/@badgateway/oauth2-client/dist",
	} {
		if err := add(all, at, os.DirFS(from)); err != nil {
			return nil, err
		}
	}
	packed, err := compress.Brotli().Pack(all["bare/authfetch.wasm"].Data)
	if err != nil {
		return nil, err
	}
	all["bare/authfetch.wasm"+compress.Brotli().Suffix] = &fstest.MapFile{Data: packed}
	return all, nil
}

// add copies a tree into files, below a directory.
func add(files fstest.MapFS, at string, tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		files[path.Join(at, name)] = &fstest.MapFile{Data: content}
		return err
	})
}
