// Package compress holds the two formats that browsers accept everywhere, each at
// its highest level. It is for files that are compressed once and served often;
// for answers made on the fly these levels are far too slow.
package compress

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/andybalholm/brotli"
)

// Format is one way to compress.
type Format struct {
	Name   string // as in the Accept-Encoding header
	Suffix string // of a compressed file

	writer func(io.Writer) (io.WriteCloser, error)
	reader func(io.Reader) (io.Reader, error)
}

// Brotli is RFC 7932 at quality 11.
func Brotli() Format {
	return Format{
		Name:   "br",
		Suffix: ".br",
		writer: func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		},
		reader: func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
}

// Gzip is RFC 1952 at level 9.
func Gzip() Format {
	return Format{
		Name:   "gzip",
		Suffix: ".gz",
		writer: func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, gzip.BestCompression)
		},
		reader: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	}
}

// Pack compresses content.
func (f Format) Pack(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := f.writer(&packed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// Holds reports whether packed is content, compressed.
func (f Format) Holds(packed, content []byte) bool {
	r, err := f.reader(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	// One byte more than expected is enough to know that it is something else.
	unpacked, err := io.ReadAll(io.LimitReader(r, int64(len(content))+1))
	return err == nil && bytes.Equal(unpacked, content)
}
