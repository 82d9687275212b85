// Command pack writes a brotli and a gzip copy beside each file that it is
// given. A copy that already holds the file's present content is left as it is,
// whatever its time says.
//
//	go run ./scripts/pack static/dist/authfetch.wasm
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/authfetch/authfetch/scripts/compress"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(names []string, out io.Writer) error {
	if len(names) == 0 {
		return errors.New("name the files to pack, for example static/dist/authfetch.wasm")
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, format := range []compress.Format{compress.Brotli(), compress.Gzip()} {
			size, err := write(format, name, content)
			if err != nil {
				return fmt.Errorf("packing %s: %w", name+format.Suffix, err)
			}
			fmt.Fprintf(out, "%s%s: %d of %d bytes\n", name, format.Suffix, size, len(content))
		}
	}
	return nil
}

// write makes the copy of name in one format and returns its size.
func write(format compress.Format, name string, content []byte) (int, error) {
	old, err := os.ReadFile(name + format.Suffix)
	if err == nil && format.Holds(old, content) {
		// make compares times: the copy is as new as what it was compared with.
		return len(old), touch(name, name+format.Suffix)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	packed, err := format.Pack(content)
	if err != nil {
		return 0, err
	}
	return len(packed), replace(name+format.Suffix, packed)
}

func touch(original, copied string) error {
	info, err := os.Stat(original)
	if err != nil {
		return err
	}
	return os.Chtimes(copied, info.ModTime(), info.ModTime())
}

// replace writes the file under another name first, so that an interrupted run
// leaves the old copy or the new one, and never half of it.
func replace(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
