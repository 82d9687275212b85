package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// process is what /proc/PID/stat tells of one.
type process struct {
	parent int
	used   time.Duration // of the processors
	waited time.Duration // the same of its children that have ended
}

// readProcess fails where there is no /proc.
func readProcess(pid string) (process, error) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return process{}, err
	}
	// Behind the name, which may have anything in it: the third field and those after.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	number := func(place int) int {
		n, failure := strconv.Atoi(string(fields[place-3]))
		if failure != nil {
			err = fmt.Errorf("field %d of process %s: %w", place, pid, failure)
		}
		return n
	}
	const tick = 10 * time.Millisecond // on all the systems that Go knows
	return process{
		parent: number(4),
		used:   tick * time.Duration(number(14)+number(15)),
		waited: tick * time.Duration(number(16)+number(17)),
	}, err
}

// cpuTime is how much time the processes of the server have used until now.
func (s postgresStore) cpuTime(ctx context.Context) (time.Duration, error) {
	var pid int
	if err := s.Pool().QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return 0, err
	}
	child, err := readProcess(strconv.Itoa(pid))
	if err != nil {
		return 0, err
	}
	server, err := readProcess(strconv.Itoa(child.parent))
	if err != nil {
		return 0, err
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	total := server.used + server.waited
	for _, dir := range all {
		// One that has ended meanwhile is counted the next time.
		if p, err := readProcess(filepath.Base(dir)); err == nil && p.parent == child.parent {
			total += p.used
		}
	}
	return total, nil
}
