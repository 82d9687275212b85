package static_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/static"
)

func TestTypes(t *testing.T) {
	t.Parallel()
	tool(t, "node", "install Node.js 20 or later")
	tsc := tool(t, filepath.Join("..", "wasm", "e2e", "node_modules", ".bin", "tsc"), "run npm ci in wasm/e2e")
	t.Run("loader and demo", func(t *testing.T) { run(t, tsc, "-p", ".") })
	t.Run("declarations", func(t *testing.T) { run(t, tsc, "-p", "test") })
}

// The codes that an editor offers are those that the server sends.
func TestTypesNameEveryCode(t *testing.T) {
	source, err := fs.ReadFile(static.Files(), "authfetch.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	union := regexp.MustCompile(`(?s)export type ServerErrorCode =(.*?);`).FindSubmatch(source)
	if union == nil {
		t.Fatal("authfetch.d.ts declares no ServerErrorCode")
	}
	var got []wire.Code
	for _, m := range regexp.MustCompile(`"(\w+)"`).FindAllSubmatch(union[1], -1) {
		got = append(got, wire.Code(m[1]))
	}
	want := wire.Codes()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("ServerErrorCode names\n%q, the server sends\n%q", got, want)
	}
}
