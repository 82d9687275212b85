package pgstore

import (
	"context"
	"time"
)

// pruneStep is how many sessions a step of DeleteSessions looks at, and so how many it
// removes at most: a few milliseconds, in which nobody waits but for their row.
const pruneStep = 1000

// DeleteSessions implements rotation.Store.
func (s *Store) DeleteSessions(ctx context.Context, endedBefore time.Time, after string) (deleted int, last string, err error) {
	if err := s.pool.QueryRow(ctx, sessionDelete, after, pruneStep, endedBefore).Scan(&deleted, &last); err != nil {
		return 0, "", unavailable("delete sessions", err)
	}
	return deleted, last, nil
}

// countedRows is up to how many sessions all of them are counted.
const countedRows = 1_000_000

// CountSessions counts the sessions that are live by the database's clock. Of more
// than a million it reads a part of about a million, and infers the rest: the figure
// is for a graph, and must not cost more as the table grows. Ask once a minute, not
// with every request. The error wraps rotation.ErrUnavailable.
func (s *Store) CountSessions(ctx context.Context, _ time.Time) (int, error) {
	return s.countSessions(ctx, countedRows)
}

func (s *Store) countSessions(ctx context.Context, most float64) (int, error) {
	var rows float64
	if err := s.pool.QueryRow(ctx, sessionSizes).Scan(&rows); err != nil {
		return 0, unavailable("count sessions", err)
	}
	percent := 100.0
	if rows > most {
		percent = 100 * most / rows
	}
	var live int
	if err := s.pool.QueryRow(ctx, sessionCount, percent).Scan(&live); err != nil {
		return 0, unavailable("count sessions", err)
	}
	return int(float64(live) * 100 / percent), nil
}
