//go:build linux || darwin

package pgtest

import "golang.org/x/sys/unix"

// SharedMemory reports whether there is a segment with that number.
func SharedMemory(id int) bool {
	var about unix.SysvShmDesc
	_, err := unix.SysvShmCtl(id, unix.IPC_STAT, &about)
	return err == nil
}
