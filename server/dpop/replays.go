package dpop

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Replays remembers which proofs were used. Implementations are safe for
// concurrent use, also by several processes on one database; package dpoptest
// checks them.
type Replays interface {
	// UseProof notes that a proof is used, and that it can be forgotten at that
	// time, and reports whether it is the first time. It is one atomic step: of any
	// number of calls with one id, by whatever process, one is told true. With an
	// error nothing is known.
	UseProof(ctx context.Context, id ID, until time.Time) (first bool, err error)

	// ForgetProofs removes those that could be forgotten by that time, in steps
	// that nobody waits for, and returns how many.
	ForgetProofs(ctx context.Context, by time.Time) (int, error)
}

// DefaultMemory is how many proofs a Memory keeps unless it is told otherwise. It
// is about 2,000 calls a second, and 100 MB at most.
const DefaultMemory = 1 << 20

// ErrFull: a Memory has no room for another proof. What is in it cannot be
// forgotten: then an old proof would be taken for a new one.
var ErrFull = errors.New("too many DPoP proofs are in use")

// Memory is Replays for a server that is alone, or that shares its nonces with
// none. It forgets by itself. It is safe for concurrent use.
type Memory struct {
	max int
	now func() time.Time

	mu    sync.Mutex
	count int
	used  map[int64]map[ID]struct{} // by until, in milliseconds; there are a few at a time
}

// NewMemory makes one that keeps so many proofs at most; zero or less:
// DefaultMemory. A nil clock is time.Now.
func NewMemory(most int, now func() time.Time) *Memory {
	if most <= 0 {
		most = DefaultMemory
	}
	if now == nil {
		now = time.Now
	}
	return &Memory{max: most, now: now, used: make(map[int64]map[ID]struct{})}
}

// UseProof implements Replays. The error is ErrFull.
func (m *Memory) UseProof(_ context.Context, id ID, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(m.now())
	for _, ids := range m.used {
		if _, found := ids[id]; found {
			return false, nil
		}
	}
	if m.count >= m.max {
		return false, ErrFull
	}
	end := until.UnixMilli()
	if m.used[end] == nil {
		m.used[end] = make(map[ID]struct{})
	}
	m.used[end][id] = struct{}{}
	m.count++
	return true, nil
}

// ForgetProofs implements Replays.
func (m *Memory) ForgetProofs(_ context.Context, by time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.forget(by), nil
}

// forget is called with the lock held.
func (m *Memory) forget(by time.Time) (forgotten int) {
	for end, ids := range m.used {
		if end <= by.UnixMilli() {
			forgotten += len(ids)
			delete(m.used, end)
		}
	}
	m.count -= forgotten
	return forgotten
}
