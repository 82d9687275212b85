package sqlitestore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// queryRecords runs a statement that yields sessions. It reads to the end also
// where there is one row at most: an error of the last step shows there.
func queryRecords(ctx context.Context, db *prepared, statement string, args ...any) (recs []rotation.Record, err error) {
	rows, err := db.query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		rec, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		recs = append(recs, rec)
	}
	return recs, rows.Err()
}

// scanRecord reads a row of the view session_records: the columns of the table
// in their order, and whether the user is disabled.
func scanRecord(rows *sql.Rows) (rotation.Record, error) {
	var (
		rec                               rotation.Record
		created, rotated, idleEnd, end    int64
		previous, seen, reissued, revoked sql.NullInt64
		reason                            string
	)
	err := rows.Scan(
		&rec.ID, &rec.UserID, &rec.Generation, &rec.Nonce, &rec.PreviousNonce,
		&created, &rotated, &previous, &seen, &rec.Replays,
		&idleEnd, &end, &revoked, &reason,
		&rec.Client.UserAgent, &rec.Client.Address, &reissued, &rec.KeyThumbprint, &rec.KeyGeneration,
		&rec.UserDisabled,
	)
	if err != nil {
		return rotation.Record{}, err
	}
	rec.CreatedAt, rec.RotatedAt = fromMillis(created), fromMillis(rotated)
	rec.PreviousIssuedAt, rec.ReissuedAt, rec.SeenAt = fromNullMillis(previous), fromNullMillis(reissued), fromNullMillis(seen)
	rec.IdleExpiresAt, rec.ExpiresAt = fromMillis(idleEnd), fromMillis(end)
	rec.RevokedAt, rec.Reason = fromNullMillis(revoked), wire.Reason(reason)
	return rec, nil
}
