package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// pruneStep is how many sessions a step of DeleteSessions looks at, and so how
// many it removes at most: about as many as take the disk as long as a commit.
const pruneStep = 100

// DeleteSessions implements rotation.Store. It walks the primary key: an index of
// the ends would have to follow every refresh, because that moves the idle end.
// The walk reads without a lock; only a step that finds something writes.
func (s *Store) DeleteSessions(ctx context.Context, endedBefore time.Time, after string) (int, string, error) {
	ended, last, err := s.endedSessions(ctx, endedBefore, after)
	if err != nil {
		return 0, "", unavailable("find ended sessions", err)
	}
	if len(ended) == 0 {
		return 0, last, nil
	}
	deleted, err := s.removeSessions(ctx, endedBefore, ended)
	if err != nil {
		return 0, "", err
	}
	return deleted, last, nil
}

// endedSessions looks at the sessions of one step. It returns the ids of those
// that have ended, and the last id that it has looked at; empty at the end.
func (s *Store) endedSessions(ctx context.Context, before time.Time, after string) (ended []string, last string, err error) {
	var end sql.NullString
	if err := s.reader.row(ctx, sessionWalkQuery, after, pruneStep).Scan(&end); err != nil || !end.Valid {
		return nil, "", err
	}
	rows, err := s.reader.query(ctx, sessionEndedQuery, after, end.String, millis(before))
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = rows.Close() }() // Err has told already what there is to tell
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, "", err
		}
		ended = append(ended, id)
	}
	return ended, end.String, rows.Err()
}

// removeSessions removes those of the sessions that have ended still.
func (s *Store) removeSessions(ctx context.Context, endedBefore time.Time, which []string) (deleted int, err error) {
	ids, err := json.Marshal(which)
	if err != nil {
		return 0, fmt.Errorf("sqlite: delete sessions: %w", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx *prepared) (err error) {
		if deleted, err = tx.exec(ctx, sessionDelete, string(ids), millis(endedBefore)); err != nil {
			return unavailable("delete sessions", err)
		}
		return nil
	})
	return deleted, err
}
