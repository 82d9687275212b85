//go:build linux || darwin

package pgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// An account is whom the programs run as. The zero value is who runs this.
type account struct{ credential *syscall.Credential }

// unprivileged returns an account that PostgreSQL accepts: it refuses root.
func unprivileged() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		found, err = user.Lookup("nobody")
	}
	if err != nil {
		return account{}, fmt.Errorf("looking for a user other than root: %w", err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return account{}, err
	}
	return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// own gives a file to the account.
func (a account) own(path string) error {
	if a.credential == nil {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

// attributes make a program run under the account, in a group of its own.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := ownGroup()
	attributes.Credential = a.credential
	return attributes
}

// ownGroup keeps a program out of the group that Ctrl-C in a terminal ends.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// stop is PostgreSQL's fast shutdown.
func stop(pid int) error { return unix.Kill(pid, unix.SIGINT) }

// quit is PostgreSQL's immediate shutdown, also of a frozen server.
func quit(pid int) error {
	return errors.Join(unix.Kill(pid, unix.SIGQUIT), unix.Kill(pid, unix.SIGCONT))
}

// kill kills a server with its children. They are no group: each makes its own.
func kill(pid int) error {
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil { // so that it starts no more of them
		return err
	}
	found, err := children(pid)
	for _, child := range append(found, pid) {
		if killed := unix.Kill(child, unix.SIGKILL); !errors.Is(killed, unix.ESRCH) {
			err = errors.Join(err, killed)
		}
	}
	return err
}

// forgetCrash removes what a server that was killed has left outside of its files,
// and what names it, as the restart of a machine would. A number of a process may
// be another's by the next start, which PostgreSQL then refuses; and there are few
// segments of shared memory, on a Mac 32.
func forgetCrash(data string) error {
	name := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was shut down
	}
	if err != nil {
		return err
	}
	// The seventh line is the key and the number of its segment.
	if lines := strings.Split(string(text), "\n"); len(lines) > 6 {
		if fields := strings.Fields(lines[6]); len(fields) == 2 {
			id, err := strconv.Atoi(fields[1])
			if err != nil {
				return fmt.Errorf("reading %s: %w", name, err)
			}
			if _, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EIDRM) {
				return fmt.Errorf("removing shared memory: %w", err)
			}
		}
	}
	return os.Remove(name)
}
