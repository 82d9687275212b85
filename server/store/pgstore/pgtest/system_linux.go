package pgtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// room is what has to be free in memory, in bytes: much more than servers of tests
// use, because containers may have next to nothing there.
const room = 2 << 30

// memory is a directory in memory, where a database is made in a fifth of the time;
// or "", where there is none to use, or the user has chosen another.
func memory() string {
	const dir = "/dev/shm"
	var about unix.Statfs_t
	if os.Getenv("TMPDIR") != "" || unix.Statfs(dir, &about) != nil ||
		about.Type != unix.TMPFS_MAGIC || about.Bavail*uint64(about.Bsize) < room {
		return ""
	}
	return dir
}

// children are the processes that a stopped one has started.
func children(pid int) (pids []int, err error) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, err
	}
	for field := range strings.FieldsSeq(string(list)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		pids = append(pids, child)
	}
	return pids, nil
}
