package page

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// encoding is a content coding, RFC 9110 section 8.4.1.
type encoding struct {
	name   string
	suffix string // of a precompressed file beside the plain one
	write  func(io.Writer) io.WriteCloser
	read   func(io.Reader) (io.Reader, error)
}

// encodings in order of preference.
var encodings = []encoding{
	{
		name: "br", suffix: ".br",
		write: func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestCompression) },
		read:  func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	},
	{
		name: "gzip", suffix: ".gz",
		write: func(w io.Writer) io.WriteCloser {
			// The level is one that gzip knows, so there is no error.
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
			return z
		},
		read: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	},
}

// maxAtStart bounds what is compressed while the program starts: brotli at its
// best takes seconds for a module of megabytes, which the build does instead.
const maxAtStart = 256 << 10

// encode returns the compressed forms of a file: the ones beside it where they
// hold the same content, otherwise, for text, ones made now.
func encode(name string, all files) (map[string][]byte, error) {
	content := all[name]
	forms := make(map[string][]byte)
	for _, e := range encodings {
		form := all[name+e.suffix]
		if !e.holds(form, content) {
			form = nil
			if compressible(name) && len(content) <= maxAtStart {
				var err error
				if form, err = e.compress(content); err != nil {
					return nil, fmt.Errorf("page: compressing %s: %w", name, err)
				}
			}
		}
		if form != nil && len(form) < len(content) {
			forms[e.name] = form
		}
	}
	return forms, nil
}

// holds reports whether form is a compressed form of content. A file left over
// from an earlier build must not be served in the place of the new one.
func (e encoding) holds(form, content []byte) bool {
	if form == nil {
		return false
	}
	r, err := e.read(bytes.NewReader(form))
	if err != nil {
		return false
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(len(content))+1))
	return err == nil && bytes.Equal(plain, content)
}

func (e encoding) compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w := e.write(&b)
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func compressible(name string) bool {
	return slices.Contains([]string{".html", ".css", ".js", ".mjs", ".ts", ".json", ".map", ".svg", ".txt", ".md"}, path.Ext(name))
}

// accepts is RFC 9110 section 12.5.3: named with a weight above zero, or covered
// by "*" and not excluded by name.
func accepts(lines []string, name string) bool {
	wildcard := false
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding == name {
			return weight(params) > 0
		}
		if coding == "*" {
			wildcard = weight(params) > 0
		}
	}
	return wildcard
}

func weight(params string) float64 {
	_, q, ok := strings.Cut(params, "q=")
	if !ok {
		return 1
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	if err != nil {
		return 0
	}
	return value
}
