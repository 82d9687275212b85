//go:build unix

package secret

import (
	"fmt"
	"os"
	"syscall"
)

// likeFile gives a new file the mode and the owner of the one that it replaces: an
// administrator who changes the secret must not lock the server out.
func likeFile(file *os.File, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := file.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || (int(owner.Uid) == os.Geteuid() && int(owner.Gid) == os.Getegid()) {
		return nil
	}
	if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("%w; run this as the user that the file belongs to", err)
	}
	return nil
}
