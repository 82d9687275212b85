package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

const indexName = "index.html"

// files maps paths to contents.
type files map[string][]byte

func readAll(fsys fs.FS) (files, error) {
	found := make(files)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		found[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return found, err
}

// references finds what a file refers to, by extension; the group is the path.
// In HTML only attributes count, so that code shown on a page stays as it is; in
// JavaScript only paths that start with a dot or slash, as module specifiers do.
func references() map[string]*regexp.Regexp {
	const file = `([A-Za-z0-9_./-]+\.[A-Za-z0-9]+)`
	script := regexp.MustCompile(`["']((?:\.{0,2}/)[A-Za-z0-9_./-]+\.[A-Za-z0-9]+)["']`)
	return map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`\s(?:src|href)=["']?` + file),
		".css":  regexp.MustCompile(`(?:url\(|@import )["']?` + file),
		".js":   script,
		".mjs":  script,
	}
}

// fingerprint rewrites the references in the files, in place, and returns the
// hashed name of every file that is served. Leaves come first, so that a file's
// hash covers what it refers to.
func fingerprint(all files) (map[string]string, error) {
	f := &fingerprinter{
		files: all, references: references(),
		hashed: make(map[string]string), visiting: make(map[string]bool),
	}
	for name := range all {
		if isEncoded(name, all) {
			continue
		}
		if err := f.visit(name, nil); err != nil {
			return nil, err
		}
	}
	return f.hashed, nil
}

type fingerprinter struct {
	files      files
	references map[string]*regexp.Regexp
	hashed     map[string]string
	visiting   map[string]bool
}

func (f *fingerprinter) visit(name string, from []string) error {
	if _, done := f.hashed[name]; done {
		return nil
	}
	if f.visiting[name] {
		return fmt.Errorf("page: files refer to each other in a circle: %s", strings.Join(append(from, name), " -> "))
	}
	f.visiting[name] = true
	if pattern := f.references[path.Ext(name)]; pattern != nil {
		if err := f.rewrite(name, pattern, append(slices.Clone(from), name)); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(f.files[name])
	ext := path.Ext(name)
	f.hashed[name] = strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
	return nil
}

func (f *fingerprinter) rewrite(name string, pattern *regexp.Regexp, from []string) error {
	content := f.files[name]
	var out bytes.Buffer
	end := 0
	for _, m := range pattern.FindAllSubmatchIndex(content, -1) {
		ref := string(content[m[2]:m[3]])
		target := f.resolve(name, ref)
		if target == "" {
			continue
		}
		if err := f.visit(target, from); err != nil {
			return err
		}
		out.Write(content[end:m[2]])
		out.WriteString(strings.TrimSuffix(ref, path.Base(ref)) + path.Base(f.hashed[target]))
		end = m[3]
	}
	out.Write(content[end:])
	f.files[name] = out.Bytes()
	return nil
}

// resolve returns the file that a reference means, or "" where it means none
// that gets a hashed name: documents keep their names, since people see them.
func (f *fingerprinter) resolve(from, ref string) string {
	target := path.Join(path.Dir(from), ref)
	if strings.HasPrefix(ref, "/") {
		target = strings.TrimPrefix(path.Clean(ref), "/")
	}
	if _, ok := f.files[target]; !ok || target == from || isDocument(target) || isEncoded(target, f.files) {
		return ""
	}
	return target
}

func isDocument(name string) bool { return path.Ext(name) == ".html" }

// isEncoded reports whether the file is a compressed form of another one.
func isEncoded(name string, all files) bool {
	for _, e := range encodings {
		if plain, ok := strings.CutSuffix(name, e.suffix); ok && all[plain] != nil {
			return true
		}
	}
	return false
}
