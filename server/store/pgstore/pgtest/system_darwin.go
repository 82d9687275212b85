package pgtest

import "golang.org/x/sys/unix"

// memory is a directory in memory: there is none.
func memory() string { return "" }

// children are the processes that a stopped one has started.
func children(pid int) (pids []int, err error) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	for _, process := range all {
		if int(process.Eproc.Ppid) == pid {
			pids = append(pids, int(process.Proc.P_pid))
		}
	}
	return pids, nil
}
