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
	if claims.Generation == 0 || !m.due(claims) {
		return // there is no token before the first
	}
	ctx, cancel := context.WithTimeout(ctx, seenTimeout)
	defer cancel()
	err := m.report(ctx, claims.SessionID, claims.Generation)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.pauseUntil = m.now().Add(seenPause)
		return
	}
	if len(m.young) >= seenSessions {
		m.old, m.young = m.young, make(map[string]int64)
	}
	m.young[claims.SessionID] = max(claims.Generation, m.young[claims.SessionID])
}

func (m *seenMarker) due(claims Claims) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.pauseUntil) {
		return false
	}
	last := max(m.young[claims.SessionID], m.old[claims.SessionID])
	return claims.Generation > last
}
