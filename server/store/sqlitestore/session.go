package sqlitestore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// CreateSession implements rotation.Store.
func (s *Store) CreateSession(ctx context.Context, rec rotation.Record, replaces []string) (rotation.Record, int, error) {
	var replaced int
	err := s.write(ctx, func(ctx context.Context, tx *prepared) (err error) {
		replaced, err = revokeSessions(ctx, tx, rotation.Selection{IDs: replaces}, wire.ReasonReplaced, rec.CreatedAt)
		if err != nil {
			return err
		}
		inserted, err := tx.exec(ctx, sessionInsert,
			rec.ID, rec.UserID, rec.Generation, rec.Nonce, rec.PreviousNonce,
			millis(rec.CreatedAt), millis(rec.RotatedAt), nullMillis(rec.PreviousIssuedAt), nullMillis(rec.SeenAt), rec.Replays,
			millis(rec.IdleExpiresAt), millis(rec.ExpiresAt), nullMillis(rec.RevokedAt), string(rec.Reason),
			rec.Client.UserAgent, rec.Client.Address, nullMillis(rec.ReissuedAt), rec.KeyThumbprint, rec.KeyGeneration)
		switch {
		case err != nil:
			return unavailable("create a session", err)
		case inserted == 0:
			return rotation.ErrDisabled
		}
		return nil
	})
	if err != nil {
		return rotation.Record{}, 0, err
	}
	return rec, replaced, nil
}

// Session implements rotation.Store. SQLite has no clock of its own.
func (s *Store) Session(ctx context.Context, id string) (rotation.Record, time.Time, error) {
	recs, err := queryRecords(ctx, s.reader, sessionQuery, id)
	switch {
	case err != nil:
		return rotation.Record{}, time.Time{}, unavailable("read a session", err)
	case len(recs) == 0:
		return rotation.Record{}, time.Time{}, rotation.ErrNotFound
	}
	return recs[0], time.Time{}, nil
}

// ChangeSession implements rotation.Store: one statement, whose WHERE clause is
// the comparison of compare and swap.
func (s *Store) ChangeSession(ctx context.Context, id string, generation int64, nonce string, change rotation.Change) (rotation.Record, error) {
	statement, args := "", []any{id, generation, nonce}
	switch change.Kind {
	case rotation.Rotate:
		statement = sessionRotate
		from := cmp.Or(change.From, rotation.Token{Generation: generation, Nonce: nonce})
		args = append(args, change.Nonce, millis(change.At), millis(change.IdleExpiresAt), change.Client.UserAgent, change.Client.Address, change.KeyThumbprint,
			from.Generation, from.Nonce)
	case rotation.Replay:
		statement = sessionReplay
		args = append(args, millis(change.At), change.Seen, change.MaxReplays, change.Reissue)
	case rotation.See:
		statement = sessionSee
		args = append(args, millis(change.At))
	case rotation.Revoke:
		statement = sessionRevoke
		args = append(args, millis(change.At), string(change.Reason))
	default:
		return rotation.Record{}, fmt.Errorf("sqlite: change a session: unknown kind %d", change.Kind)
	}
	var changed rotation.Record
	err := s.write(ctx, func(ctx context.Context, tx *prepared) error {
		recs, err := queryRecords(ctx, tx, statement, args...)
		switch {
		case err != nil:
			return unavailable("change a session", err)
		case len(recs) == 0:
			return rotation.ErrConflict
		}
		changed = recs[0]
		return nil
	})
	if err != nil {
		return rotation.Record{}, err
	}
	return changed, nil
}

// RevokeSessions implements rotation.Store.
func (s *Store) RevokeSessions(ctx context.Context, which rotation.Selection, reason wire.Reason, at time.Time) (int, error) {
	var revoked int
	err := s.write(ctx, func(ctx context.Context, tx *prepared) (err error) {
		revoked, err = revokeSessions(ctx, tx, which, reason, at)
		return err
	})
	if err != nil {
		return 0, err
	}
	return revoked, nil
}

// Sessions implements rotation.Store.
func (s *Store) Sessions(ctx context.Context, userID string, at time.Time) ([]rotation.Record, error) {
	recs, err := queryRecords(ctx, s.reader, sessionListQuery, userID, millis(at))
	if err != nil {
		return nil, unavailable("list sessions", err)
	}
	return recs, nil
}

// CountSessions counts the sessions that are live at that time. It reads all of
// them: ask once a minute, not with every request. The error wraps
// rotation.ErrUnavailable.
func (s *Store) CountSessions(ctx context.Context, at time.Time) (int, error) {
	count := 0
	if err := s.reader.row(ctx, sessionCountQuery, millis(at)).Scan(&count); err != nil {
		return 0, unavailable("count sessions", err)
	}
	return count, nil
}

// revokeSessions ends the selected sessions in the transaction of whatever is the
// reason for it, and returns how many of them were live.
func revokeSessions(ctx context.Context, tx *prepared, which rotation.Selection, reason wire.Reason, at time.Time) (int, error) {
	revoked := 0
	if len(which.IDs) > 0 {
		ids, err := json.Marshal(which.IDs)
		if err != nil {
			return 0, fmt.Errorf("sqlite: revoke sessions: %w", err)
		}
		count, err := countTrue(ctx, tx, sessionRevokeIDs, millis(at), string(reason), string(ids))
		if err != nil {
			return 0, unavailable("revoke sessions", err)
		}
		revoked += count
	}
	if which.UserID != "" {
		count, err := countTrue(ctx, tx, sessionRevokeUser, millis(at), string(reason), which.UserID, which.Except)
		if err != nil {
			return 0, unavailable("revoke sessions", err)
		}
		revoked += count
	}
	return revoked, nil
}

// countTrue runs a statement that yields rows of one truth value, and returns how
// many of them are true.
func countTrue(ctx context.Context, tx *prepared, statement string, args ...any) (count int, err error) {
	rows, err := tx.query(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var yes bool
		if err := rows.Scan(&yes); err != nil {
			return 0, err
		}
		if yes {
			count++
		}
	}
	return count, rows.Err()
}
