package pgstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// CreateSession implements rotation.Store, with the times of the database's clock.
func (s *Store) CreateSession(ctx context.Context, rec rotation.Record, replaces []string) (rotation.Record, int, error) {
	var created row
	var replaced int
	err := s.pool.QueryRow(ctx, sessionCreate,
		rec.ID, rec.UserID, rec.Generation, rec.Nonce, rec.PreviousNonce,
		rec.CreatedAt, rec.RotatedAt, null(rec.PreviousIssuedAt), null(rec.ReissuedAt), null(rec.SeenAt),
		rec.Replays, rec.KeyThumbprint, rec.KeyGeneration,
		rec.IdleExpiresAt, rec.ExpiresAt, null(rec.RevokedAt), string(rec.Reason),
		rec.Client.UserAgent, rec.Client.Address,
		known(replaces), string(wire.ReasonReplaced),
	).Scan(append(created.into(), &replaced)...)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return rotation.Record{}, 0, rotation.ErrDisabled
	case err != nil:
		return rotation.Record{}, 0, unavailable("create a session", err)
	}
	return created.record(), replaced, nil
}

// Session implements rotation.Store, with the time by the database's clock.
func (s *Store) Session(ctx context.Context, id string) (rotation.Record, time.Time, error) {
	if !storable(id) {
		return rotation.Record{}, time.Time{}, rotation.ErrNotFound
	}
	var found row
	var now time.Time
	err := s.pool.QueryRow(ctx, sessionQuery, id).Scan(append(found.into(), &now)...)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return rotation.Record{}, time.Time{}, rotation.ErrNotFound
	case err != nil:
		return rotation.Record{}, time.Time{}, unavailable("read a session", err)
	}
	return found.record(), now.UTC(), nil
}

// ChangeSession implements rotation.Store: one statement, whose WHERE clause is
// the comparison of compare and swap. In READ COMMITTED, who comes second waits for
// who came first, compares again, and finds the session changed.
func (s *Store) ChangeSession(ctx context.Context, id string, generation int64, nonce string, change rotation.Change) (rotation.Record, error) {
	statement, args := "", []any{id, generation, nonce}
	switch change.Kind {
	case rotation.Rotate:
		statement = sessionRotate
		from := cmp.Or(change.From, rotation.Token{Generation: generation, Nonce: nonce})
		args = append(args, from.Generation, from.Nonce, change.Nonce, change.At, change.IdleExpiresAt,
			change.Client.UserAgent, change.Client.Address, change.KeyThumbprint)
	case rotation.Replay:
		statement = sessionReplay
		args = append(args, change.At, change.Seen, change.MaxReplays, change.Reissue)
	case rotation.See:
		statement = sessionSee
		args = append(args, change.At)
	case rotation.Revoke:
		statement = sessionRevoke
		args = append(args, change.At, string(change.Reason))
	default:
		return rotation.Record{}, fmt.Errorf("postgres: change a session: unknown kind %d", change.Kind)
	}
	return s.change(ctx, statement, args...)
}

// RotateCurrent implements rotation.CurrentRotator.
func (s *Store) RotateCurrent(ctx context.Context, token rotation.Token, userID string, next rotation.Successor) (rotation.Record, error) {
	return s.change(ctx, sessionRotateCurrent, token.SessionID, token.Generation, token.Nonce, userID,
		next.Nonce, next.IdleTTL.Seconds(), next.Client.UserAgent, next.Client.Address)
}

// change runs a statement that changes a session or finds it another one.
func (s *Store) change(ctx context.Context, statement string, args ...any) (rotation.Record, error) {
	var changed row
	err := s.pool.QueryRow(ctx, statement, args...).Scan(changed.into()...)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return rotation.Record{}, rotation.ErrConflict
	case err != nil:
		return rotation.Record{}, unavailable("change a session", err)
	}
	return changed.record(), nil
}

// RevokeSessions implements rotation.Store. The database's clock says when.
func (s *Store) RevokeSessions(ctx context.Context, which rotation.Selection, reason wire.Reason, _ time.Time) (int, error) {
	return revokeSessions(ctx, s.pool, which, reason)
}

// revokeSessions ends the selected sessions, in the transaction of whatever is the
// reason for it, and returns how many of them were live.
func revokeSessions(ctx context.Context, db querier, which rotation.Selection, reason wire.Reason) (revoked int, err error) {
	err = db.QueryRow(ctx, sessionRevokeMany, known(which.IDs), which.UserID, which.Except, string(reason)).Scan(&revoked)
	if err != nil {
		return 0, unavailable("revoke sessions", err)
	}
	return revoked, nil
}

// Sessions implements rotation.Store. The database's clock says which are live.
func (s *Store) Sessions(ctx context.Context, userID string, _ time.Time) ([]rotation.Record, error) {
	rows, err := s.pool.Query(ctx, sessionList, userID)
	if err != nil {
		return nil, unavailable("list sessions", err)
	}
	recs, err := pgx.CollectRows(rows, scanRecord)
	if err != nil {
		return nil, unavailable("list sessions", err)
	}
	return recs, nil
}

// storable tells whether a text can be in the database at all. What a client made up
// may be anything, and is no trouble of the database's.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// known are those of the ids that can be in the database.
func known(ids []string) []string {
	some := make([]string, 0, len(ids))
	for _, id := range ids {
		if storable(id) {
			some = append(some, id)
		}
	}
	return some
}
