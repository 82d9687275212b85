package page_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"

	"github.com/authfetch/authfetch/server/page"
)

func TestEncodings(t *testing.T) {
	for _, row := range []struct{ name, accept, want string }{
		{"all that a browser takes", "gzip, deflate, br, zstd", "br"},
		{"gzip alone", "gzip", "gzip"},
		{"none named", "", ""},
		{"brotli refused", "br;q=0, gzip;q=0.5", "gzip"},
		{"anything", "*", "br"},
		{"anything but brotli", "*, br; q=0", "gzip"},
		{"identity", "identity", ""},
		{"a weight that is no number", "br;q=high", ""},
		{"a weight beyond one", "br;q=1.5, gzip;q=1", "gzip"},
		{"in capitals", "BR;Q=0, GZIP", "gzip"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := start(t, page.Config{Files: site()})
			res := get(t, h, "/authfetch.js", header{"Accept-Encoding": row.accept})
			if got := res.Header.Get("Content-Encoding"); got != row.want {
				t.Fatalf("Content-Encoding %q, want %q", got, row.want)
			}
			if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
			plain := text(t, get(t, h, "/authfetch.js", nil))
			if got := decode(t, res); got != plain {
				t.Errorf("decoded to %q, want %q", got, plain)
			}
		})
	}
}

func decode(t *testing.T, res *http.Response) string {
	t.Helper()
	var r io.Reader = res.Body
	switch res.Header.Get("Content-Encoding") {
	case "br":
		r = brotli.NewReader(res.Body)
	case "gzip":
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPrecompressedFiles(t *testing.T) {
	compress := func(content string) []byte {
		var b bytes.Buffer
		w := brotli.NewWriter(&b)
		_, err := w.Write([]byte(content))
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	current := string(site()["dist/authfetch.wasm"].Data)
	for _, row := range []struct {
		name string
		form []byte
		want string
	}{
		{"of this content", compress(current), "br"},
		{"left over from another build", compress("\x00asm, an older one"), ""},
		{"damaged", []byte("not brotli"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := site()
			files["dist/authfetch.wasm.br"] = &fstest.MapFile{Data: row.form}
			h := start(t, page.Config{Files: files})
			res := get(t, h, "/dist/authfetch.wasm", header{"Accept-Encoding": "br"})
			if got := res.Header.Get("Content-Encoding"); got != row.want {
				t.Errorf("Content-Encoding %q, want %q", got, row.want)
			}
			if got := decode(t, res); got != current {
				t.Errorf("got %q", got)
			}
			if res := get(t, h, "/dist/authfetch.wasm.br", nil); res.StatusCode != http.StatusNotFound {
				t.Errorf("the compressed file has an address of its own: %d", res.StatusCode)
			}
		})
	}
}
