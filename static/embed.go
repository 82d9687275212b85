// Package static holds the page side as files: the loader with its types, the
// demo page, and the built module.
//
// It is for servers that serve them, such as authfetchd; a front end with a
// build of its own takes the npm package instead, which is this directory.
//
//	http.Handle("/", http.FileServerFS(static.Files()))
package static

import (
	"embed"
	"io/fs"
)

// The whole of dist, because a program must compile before the module is built:
// the .gitignore in there is what is always found.
//
//go:embed authfetch.js authfetch.d.ts global.d.ts dpop.js dpop.d.ts xhr.js xhr.d.ts index.html demo all:dist
var files embed.FS

// Files returns the files by their paths in a URL, such as "authfetch.js" and
// "dist/authfetch.wasm". The latter is missing where it was not built.
func Files() fs.FS { return files }
