package page

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

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

// maxOnDemand bounds what is compressed while somebody waits for it: brotli at
// its best takes seconds for a module of megabytes, which the build does instead.
const maxOnDemand = 256 << 10

// form is a compressed form of a file, made when it is first asked for, so that
// a program starts at once. It is nil where compression gains nothing.
type form func() []byte

// newForm takes the form beside the file where that holds the same content, and
// otherwise, for text, makes one.
func (e encoding) newForm(name string, content, beside []byte) form {
	return sync.OnceValue(func() []byte {
		made := beside
		if !e.holds(made, content) {
			made = nil
			if compressible(name) && len(content) <= maxOnDemand {
				made = e.compress(content)
			}
		}
		if len(made) >= len(content) {
			return nil
		}
		return made
	})
}

// holds reports whether packed is a compressed form of content. A file left over
// from an earlier build must not be served in the place of the new one.
func (e encoding) holds(packed, content []byte) bool {
	if packed == nil {
		return false
	}
	r, err := e.read(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(len(content))+1))
	return err == nil && bytes.Equal(plain, content)
}

// compress returns nil if the writer fails, which one to memory has no reason to.
func (e encoding) compress(content []byte) []byte {
	var b bytes.Buffer
	w := e.write(&b)
	_, err := w.Write(content)
	if errors.Join(err, w.Close()) != nil {
		return nil
	}
	return b.Bytes()
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

// weight is RFC 9110 section 12.4.2. What is no weight counts as a refusal, since
// the plain content is never wrong.
func weight(params string) float64 {
	_, q, ok := strings.Cut(strings.ToLower(params), "q=")
	if !ok {
		return 1
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	if err != nil || value > 1 {
		return 0
	}
	return value
}
