package main_test

import (
	"bytes"
	"strings"
	"sync"
)

// kept is how much of what processes write a failed test shows, in bytes.
const kept = 16 << 10

// record is what processes write, of which only the end is kept: they run for long.
// It is safe for concurrent use; lines of several processes stay whole.
type record struct {
	mu     sync.Mutex
	tail   []byte
	counts map[string]int
}

// outcomes are the fields of the audit log that are counted.
var outcomes = []string{"outcome=recovered", "outcome=reused", "outcome=unknown"}

// Write implements io.Writer. A chunk that ends within a field costs a count.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = make(map[string]int)
	}
	for _, field := range outcomes {
		r.counts[field] += bytes.Count(p, []byte(field))
	}
	r.tail = append(r.tail, p...)
	if over := len(r.tail) - kept; over > kept {
		r.tail = append(r.tail[:0], r.tail[over:]...)
	}
	return len(p), nil
}

// count is how often a field was written.
func (r *record) count(field string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[field]
}

// String is the end of it, in whole lines.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tail) <= kept {
		return string(r.tail)
	}
	_, lines, _ := strings.Cut(string(r.tail[len(r.tail)-kept:]), "\n")
	return lines
}
