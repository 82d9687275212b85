package pgstore

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// sessionColumns are in the order in which row reads them.
const sessionColumns = `s.id, s.user_id, s.generation, s.nonce, s.previous_nonce,
       s.created_at, s.rotated_at, s.previous_issued_at, s.reissued_at, s.seen_at,
       s.replays, s.key_thumbprint, s.key_generation,
       s.idle_expires_at, s.expires_at, s.revoked_at, s.revoked_reason,
       s.user_agent, s.address`

// row is a session as it comes from the database.
type row struct {
	rotation.Record
	previous, reissued, seen, revoked zeronull.Timestamptz
	reason                            string
}

// into are the places for sessionColumns and for whether the user is disabled.
func (r *row) into() []any {
	return []any{
		&r.ID, &r.UserID, &r.Generation, &r.Nonce, &r.PreviousNonce,
		&r.CreatedAt, &r.RotatedAt, &r.previous, &r.reissued, &r.seen,
		&r.Replays, &r.KeyThumbprint, &r.KeyGeneration,
		&r.IdleExpiresAt, &r.ExpiresAt, &r.revoked, &r.reason,
		&r.Client.UserAgent, &r.Client.Address,
		&r.UserDisabled,
	}
}

// record is what was read.
func (r *row) record() rotation.Record {
	rec := r.Record
	rec.CreatedAt, rec.RotatedAt = rec.CreatedAt.UTC(), rec.RotatedAt.UTC()
	rec.PreviousIssuedAt, rec.ReissuedAt, rec.SeenAt = utc(r.previous), utc(r.reissued), utc(r.seen)
	rec.IdleExpiresAt, rec.ExpiresAt = rec.IdleExpiresAt.UTC(), rec.ExpiresAt.UTC()
	rec.RevokedAt, rec.Reason = utc(r.revoked), wire.Reason(r.reason)
	return rec
}

// scanRecord reads one of several sessions.
func scanRecord(from pgx.CollectableRow) (rotation.Record, error) {
	var r row
	if err := from.Scan(r.into()...); err != nil {
		return rotation.Record{}, err
	}
	return r.record(), nil
}

// null is a time that may not have come, to be written.
func null(t time.Time) zeronull.Timestamptz { return zeronull.Timestamptz(t) }

// utc is a time that may not have come, as it was read.
func utc(t zeronull.Timestamptz) time.Time { return time.Time(t).UTC() }
