package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/secret"
)

func TestCreateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	made, err := secret.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v (%v), want 0600", info.Mode(), err)
	}
	read, err := secret.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	value, err := made.CheckValue()
	if err != nil || !read.Matches(value) {
		t.Errorf("the file has another secret than the one that was made (%v)", err)
	}
	wantFiles(t, path)
}

func TestCreateFileKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.CreateFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("the file is now %q (%v)", text, err)
	}
	wantFiles(t, path)
}

// Of several servers that start at once in an empty directory one makes the
// secret; the others are told, and find it complete.
func TestCreateFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	var wait sync.WaitGroup
	errs, read := make([]error, 16), make([]error, 16)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = secret.CreateFile(path)
			_, read[i] = secret.ReadFile(path)
		})
	}
	wait.Wait()
	made := 0
	for i, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Errorf("error is %v, want %v", err, fs.ErrExist)
		}
		if read[i] != nil {
			t.Errorf("afterwards: %v", read[i])
		}
	}
	if made != 1 {
		t.Errorf("%d secrets were made, want 1", made)
	}
	wantFiles(t, path)
}

func TestCreateFileNowhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "secret")
	if _, err := secret.CreateFile(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want %v and the path", err, fs.ErrNotExist)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name, text string
		mode       fs.FileMode
		want       error
		hint       string // what the message says about the way out
	}{
		{"owner", line("k1", 'a'), 0o600, nil, ""},
		{"owner reads", line("k1", 'a'), 0o400, nil, ""},
		{"group reads", line("k1", 'a'), 0o440, nil, ""},
		{"group writes", line("k1", 'a'), 0o660, secret.ErrExposed, "chmod 600"},
		{"everybody reads", line("k1", 'a'), 0o644, secret.ErrExposed, "chmod 600"},
		{"empty", "", 0o600, secret.ErrNoKey, "restore it from a backup"},
		{"cut", line("k1", 'a')[:20], 0o600, secret.ErrFormat, "restore it from a backup"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		_, err := secret.ReadFile(path)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if test.hint != "" && (err == nil || !strings.Contains(err.Error(), test.hint)) {
			t.Errorf("%s: %v does not say %q", test.name, err, test.hint)
		}
	}
	if _, err := secret.ReadFile(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v, want %v", err, fs.ErrNotExist)
	}
}

// wantFiles wants nothing in the directory but the file: no half-written rest.
func wantFiles(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("the directory has %v (%v), want the file alone", entries, err)
	}
}
