package page

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// asset is one file in all the forms in which it is sent.
type asset struct {
	name     string
	etag     string // of the content; each encoding adds its name
	fixed    bool   // the name changes with the content
	identity []byte
	encoded  map[string]form // by name of the encoding
}

func newAsset(name string, all files) asset {
	content := all[name]
	sum := sha256.Sum256(content)
	a := asset{name: name, etag: hex.EncodeToString(sum[:8]), identity: content, encoded: make(map[string]form)}
	for _, e := range encodings {
		a.encoded[e.name] = e.newForm(name, content, all[name+e.suffix])
	}
	return a
}

func (a asset) immutable() asset {
	a.fixed = true
	return a
}

func (a asset) isDocument() bool { return isDocument(a.name) }

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	body, encoding := a.choose(r.Header.Values("Accept-Encoding"))
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", contentType(a.name))
	if a.fixed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	// The ETag names the representation, RFC 9110 section 8.8.3.3: two
	// encodings of one file must not have the same.
	tag := `"` + a.etag + `"`
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		tag = `"` + a.etag + "-" + encoding + `"`
	}
	h.Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The client has gone if this fails, and nobody is left to tell.
	_, _ = w.Write(body)
}

// choose returns the content in the best encoding that the client accepts, with
// the name of that; "" for none.
func (a asset) choose(accepted []string) (body []byte, encoding string) {
	for _, e := range encodings {
		if accepts(accepted, e.name) {
			if body := a.encoded[e.name](); body != nil {
				return body, e.name
			}
		}
	}
	return a.identity, ""
}

// matches is RFC 9110 section 13.1.2, with the weak comparison.
func matches(lines []string, tag string) bool {
	for candidate := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// contentType does not ask the machine's MIME table: a wrong entry there would
// keep a browser from compiling the module.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".ts", ".md", ".txt":
		return "text/plain; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
