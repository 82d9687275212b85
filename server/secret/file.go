package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// fileMode is the mode of a secret file: its owner reads and writes it, nobody
// else does anything.
const fileMode fs.FileMode = 0o600

// openToOthers are the permissions that ReadFile does not put up with. A group
// may read, because that is how orchestrators hand secrets to a container.
const openToOthers fs.FileMode = 0o027

// ReadFile reads the set from a file. The error wraps fs.ErrNotExist where there
// is none, ErrExposed where others may read or change it, ErrFormat or ErrNoKey
// where the content is wrong.
func ReadFile(path string) (Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Set{}, fmt.Errorf("read the server secret: %w", err)
	}
	if mode := info.Mode().Perm(); mode&openToOthers != 0 {
		return Set{}, fmt.Errorf("%w: %s has mode %04o; run chmod 600 on it, and replace the secret if others may have read it",
			ErrExposed, path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Set{}, fmt.Errorf("read the server secret: %w", err)
	}
	set, err := Parse(text)
	if err != nil {
		return Set{}, fmt.Errorf("read the server secret %s: %w; restore it from a backup", path, err)
	}
	return set, nil
}

// CreateFile makes a new set and writes it to a file that nobody else can read.
// The file appears complete and durable, or not at all. One that is already
// there is never overwritten, because sessions depend on it: the error then
// wraps fs.ErrExist.
func CreateFile(path string) (Set, error) {
	set := Generate()
	if err := writeNew(path, set.text()); err != nil {
		return Set{}, fmt.Errorf("create the server secret %s: %w", path, err)
	}
	return set, nil
}

// UpdateFile replaces the set in a secret file by what change makes of it, and
// returns that. The file is at any time the one before or the one after, complete
// and durable, and keeps its mode and owner. Where change fails, with an error
// that is returned, nothing is changed. Of two programs that do so at once one is
// told, by an error that wraps fs.ErrExist.
func UpdateFile(path string, change func(Set) (Set, error)) (Set, error) {
	target, err := filepath.EvalSymlinks(path) // a rename would replace the link
	if err != nil {
		return Set{}, fmt.Errorf("read the server secret: %w", err)
	}
	var after Set
	err = replace(target, func() ([]byte, error) {
		before, err := ReadFile(target)
		if err != nil {
			return nil, err
		}
		after, err = change(before)
		return after.text(), err
	})
	return after, err
}

// replace writes beside the target, under a name that only one can take, and then
// takes its place.
func replace(target string, content func() ([]byte, error)) (err error) {
	temp, err := os.OpenFile(target+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("change the server secret: %w; another command is changing it, or was interrupted: if none runs, remove %s.new", err, target)
	}
	if err != nil {
		return fmt.Errorf("change the server secret: %w", err)
	}
	renamed := false
	defer func() {
		if !renamed {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	text, err := content()
	if err != nil {
		return errors.Join(err, temp.Close())
	}
	_, err = temp.Write(text)
	err = errors.Join(err, likeFile(temp, target), temp.Sync(), temp.Close())
	if err != nil {
		return fmt.Errorf("change the server secret: %w", err)
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return fmt.Errorf("change the server secret: %w", err)
	}
	renamed = true
	if err := syncDir(filepath.Dir(target)); err != nil {
		return fmt.Errorf("change the server secret: it is in place, but may not survive a power failure: %w", err)
	}
	return nil
}

// writeNew writes beside the target and then links the finished file to its
// name. Unlike a rename, a link fails where the name is taken, so of two servers
// that start at once one wins and the other is told.
func writeNew(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".secret-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()

	_, err = temp.Write(content)
	err = errors.Join(err, temp.Chmod(fileMode), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in a directory survive a power failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
