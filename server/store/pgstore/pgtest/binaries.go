package pgtest

import (
	"errors"
	"os/exec"
	"path/filepath"
)

// ErrMissing says that PostgreSQL is not installed, or not for systems like this.
var ErrMissing = errors.New("no PostgreSQL found: run scripts/install-tools, or make test")

// places are where packages put the programs that they keep out of PATH. The order
// of the names is that of the versions, from 10 to 99.
var places = []string{
	"/usr/lib/postgresql/*/bin",         // Debian and Ubuntu
	"/usr/pgsql-*/bin",                  // PostgreSQL's own packages for Fedora and its like
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
}

// findBinaries returns the directory of postgres and initdb: the one in PATH, or
// else the newest of the first place that has any.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil && complete(filepath.Dir(path)) {
		return filepath.Abs(filepath.Dir(path))
	}
	for _, place := range places {
		found, err := filepath.Glob(place)
		if err != nil {
			return "", err
		}
		for i := len(found) - 1; i >= 0; i-- {
			if complete(found[i]) {
				return found[i], nil
			}
		}
	}
	return "", ErrMissing
}

// complete reports whether a directory has all that a server takes: clients alone
// come with some of it.
func complete(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
