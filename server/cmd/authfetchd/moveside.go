package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// parseSide reads one side of a move. A directory becomes absolute, for the other
// database will remember it.
func parseSide(text string) (place, error) {
	if strings.Contains(text, "://") {
		return place{url: text}, checkURL(text)
	}
	dir, err := filepath.Abs(text)
	return place{dir: dir}, err
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

// side is what --from and --to take, without a password.
func (p place) side() string {
	if p.url != "" {
		return p.engine().String()
	}
	return filepath.Clean(p.dir)
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
