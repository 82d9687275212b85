// Package page serves the static side of a site as a browser likes it best:
// compressed, cached for ever under names that change with the content, and
// under a Content-Security-Policy that allows no inline script.
//
// It is for a few dozen small files that are known when the program starts, and
// keeps all of them in memory. For large or changing files use http.FileServer.
//
//	handler, err := page.New(page.Config{Files: static.Files()})
//	if err != nil {
//		return err
//	}
//	mux.Handle("/", handler)
//
// Each file is served twice: as "dist/app.js", to be revalidated by ETag, and as
// "dist/app.0123456789abcdef.js", which never changes. In .html, .css and .js
// files, quoted relative references to other files of the site are rewritten to
// the second form.
package page

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Config says what is served.
type Config struct {
	// Files are served by their paths; "index.html" of a directory also by the
	// directory's. Required.
	Files fs.FS

	// Missing maps the path of a file to what a person is told who opens the
	// site while the file is not there, such as a build step that has not run.
	// The zero value expects nothing.
	Missing map[string]string

	// ContentSecurityPolicy is sent with every answer. Empty means Policy().
	ContentSecurityPolicy string
}

// Policy is the default Content-Security-Policy: everything from this origin,
// nothing inline, no eval except WebAssembly, no strings into script sinks, no
// framing by others.
func Policy() string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"manifest-src 'self'",
		"frame-src 'self'",
		"frame-ancestors 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// Handler serves the files. It is safe for concurrent use.
type Handler struct {
	policy string
	assets map[string]asset // by URL path without the leading slash
	notice string           // what a person is told instead of any document
}

// New reads all files and rewrites the references in them.
func New(c Config) (*Handler, error) {
	if c.Files == nil {
		return nil, errors.New("page: config: Files is required")
	}
	files, err := readAll(c.Files)
	if err != nil {
		return nil, fmt.Errorf("page: reading the files: %w", err)
	}
	if c.ContentSecurityPolicy == "" {
		c.ContentSecurityPolicy = Policy()
	}
	h := &Handler{policy: c.ContentSecurityPolicy, assets: make(map[string]asset)}
	for name, text := range c.Missing {
		if _, ok := files[name]; !ok {
			h.notice = text
		}
	}
	names, err := fingerprint(files)
	if err != nil {
		return nil, err
	}
	for name, hashed := range names {
		a := newAsset(name, files)
		h.assets[name] = a
		h.assets[hashed] = a.immutable()
		if path.Base(name) == indexName {
			h.assets[strings.TrimSuffix(name, indexName)] = a
		}
	}
	return h, nil
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", h.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.TLS != nil {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		writeNote(w, http.StatusMethodNotAllowed, "Pages are read with GET.")
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	a, ok := h.assets[name]
	switch {
	case ok && h.notice != "" && a.isDocument():
		writeNote(w, http.StatusServiceUnavailable, h.notice)
	case ok:
		a.serve(w, r)
	default:
		writeNote(w, http.StatusNotFound, "There is no page at this address.")
	}
}
