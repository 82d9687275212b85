package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// parseSide reads one side of a move.
func parseSide(text string) (place, error) {
	if strings.Contains(text, "://") {
		return place{url: text}, checkURL(text)
	}
	return place{dir: text}, nil
}

// same tells whether two places are one, as far as their names tell.
func (p place) same(as place) bool {
	if p.side() == as.side() {
		return true
	}
	one, err := os.Stat(p.engine().String())
	other, otherErr := os.Stat(as.engine().String())
	return err == nil && otherErr == nil && os.SameFile(one, other)
}

// side is what --from and --to take, without a password. A directory is absolute, for
// the other database will remember it.
func (p place) side() string {
	if p.url != "" {
		return p.engine().String()
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil { // where this one is unknown
		return p.dir
	}
	return dir
}

// blank tells whether there is no database of ours yet.
func (p place) blank(ctx context.Context) (bool, error) {
	if p.url != "" {
		found, err := p.engine().schema(ctx)
		return err == nil && found.current == 0, err
	}
	_, err := os.Stat(p.engine().String())
	return errors.Is(err, fs.ErrNotExist), nil
}
