package pgtest

import (
	"bytes"
	"strings"
	"sync"
)

// readyLine is what PostgreSQL writes when it accepts connections, also after it
// has recovered from a crash.
const readyLine = "database system is ready to accept"

// A journal keeps what a server writes to its log. The zero value is ready for use.
type journal struct {
	mutex sync.Mutex
	text  bytes.Buffer
	from  int           // where the line may begin that is waited for
	ready chan struct{} // closed when it has come; nil when nobody waits
}

// await returns a channel that is closed once the server says that it is ready.
func (j *journal) await() <-chan struct{} {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.from, j.ready = j.text.Len(), make(chan struct{})
	return j.ready
}

// Write takes the output of the server.
func (j *journal) Write(p []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.text.Write(p)
	if j.ready != nil && bytes.Contains(j.text.Bytes()[j.from:], []byte(readyLine)) {
		close(j.ready)
		j.ready = nil
	}
	return len(p), nil
}

// length is how much was written until now, in bytes.
func (j *journal) length() int {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.Len()
}

// since is what was written after that many bytes.
func (j *journal) since(length int) string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return strings.TrimSpace(string(j.text.Bytes()[length:]))
}
