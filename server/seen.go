package server

import (
	"context"
	"sync"
	"time"
)

const (
	// seenTimeout is what a request may wait for the mark. It is best effort.
	seenTimeout = time.Second
	// seenPause is how long the marker leaves a database alone that failed it.
	seenPause = 5 * time.Second
	// seenSessions is how many sessions are remembered at least; twice as many
	// at most. A forgotten one costs a read, nothing else.
	seenSessions = 50_000
)

// seenMarker tells the engine, once for each rotation, that the access token of
// a generation reached us: its holder has got the answer of the refresh, so the
// token before it is of no use to anybody honest.
type seenMarker struct {
	report func(ctx context.Context, sessionID string, generation int64) error
	now    func() time.Time

	mu         sync.Mutex
	young, old map[string]int64 // session id to the generation last reported
	pauseUntil time.Time
}

func newSeenMarker(report func(context.Context, string, int64) error, now func() time.Time) *seenMarker {
	return &seenMarker{report: report, now: now, young: make(map[string]int64)}
}

// mark never fails the request that it is part of.
func (m *seenMarker) mark(ctx context.Context, claims Claims) {
	if claims.Generation == 0 || !m.claim(claims) {
		return // there is no token before the first
	}
	ctx, cancel := context.WithTimeout(ctx, seenTimeout)
	defer cancel()
	if err := m.report(ctx, claims.SessionID, claims.Generation); err != nil {
		m.release(claims)
	}
}

// claim reports whether this generation is still to be reported, and notes it at
// once: of fifty calls that a page makes after a refresh, one writes.
func (m *seenMarker) claim(claims Claims) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := max(m.young[claims.SessionID], m.old[claims.SessionID])
	if claims.Generation <= last || m.now().Before(m.pauseUntil) {
		return false
	}
	if len(m.young) >= seenSessions {
		m.old, m.young = m.young, make(map[string]int64)
	}
	m.young[claims.SessionID] = claims.Generation
	return true
}

// release takes back a claim that could not be met.
func (m *seenMarker) release(claims Claims) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pauseUntil = m.now().Add(seenPause)
	if m.young[claims.SessionID] == claims.Generation {
		delete(m.young, claims.SessionID)
	}
}
