package rotation

import (
	"context"
	"fmt"
	"time"
)

const (
	// keepEnded is for how long a session stays in the store after its end, to
	// tell late clients how it ended.
	keepEnded = 7 * day
	// prunePause is between two steps that removed something, for other processes
	// on the same database: they poll for the write lock.
	prunePause = 5 * time.Millisecond
)

// Prune removes sessions that ended a week ago or longer, however they ended, and
// returns how many. Until then a session says how it ended.
//
// It goes in small steps, and refreshes get on between them. Call it now and
// then, hourly say; any number of nodes may do so at once. The error wraps
// ErrUnavailable; what was removed before it stays removed.
func (e *Engine) Prune(ctx context.Context) (int, error) {
	endedBefore, removed := e.clock().Add(-keepEnded), 0
	for after := ""; ; {
		count, next, err := e.store.DeleteSessions(ctx, endedBefore, after)
		if err != nil {
			return removed, fmt.Errorf("prune sessions: %w", err)
		}
		removed, after = removed+count, next
		if after == "" {
			return removed, nil
		}
		if count > 0 {
			pause(ctx, prunePause)
		}
	}
}

// pause waits, unless the context is done: the next call tells that.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
