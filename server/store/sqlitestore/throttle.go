package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

var _ account.ThrottleStore = (*Store)(nil)

// Buckets implements [account.ThrottleStore]. SQLite has no clock of its own.
func (s *Store) Buckets(ctx context.Context, keys []string) ([]account.Bucket, time.Time, error) {
	buckets, err := readBuckets(ctx, s.reader, keys)
	return buckets, time.Time{}, err
}

// ChangeBuckets implements [account.ThrottleStore].
func (s *Store) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		before, err := readBuckets(ctx, tx, keys)
		if err != nil {
			return err
		}
		after := slices.Clone(before)
		if err := change(time.Time{}, after); err != nil {
			return err
		}
		for i, key := range keys {
			if after[i] == before[i] {
				continue
			}
			if err := writeBucket(ctx, tx, key, after[i]); err != nil {
				return unavailable("count an attempt", err)
			}
		}
		return nil
	})
}

// DeleteBuckets implements [account.ThrottleStore].
func (s *Store) DeleteBuckets(ctx context.Context, forgottenBy time.Time) (int, error) {
	return s.inBatches(ctx, "delete throttles", throttleDelete, millis(forgottenBy))
}

func readBuckets(ctx context.Context, from *prepared, keys []string) ([]account.Bucket, error) {
	buckets := make([]account.Bucket, len(keys))
	for i, key := range keys {
		var (
			b             = &buckets[i]
			since, closed sql.NullInt64
			forget        int64
		)
		err := from.row(ctx, throttleQuery, key).Scan(&b.Failures, &b.Pending, &since, &b.Pauses, &closed, &forget)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			continue
		case err != nil:
			return nil, unavailable("read a throttle", err)
		}
		b.Since, b.ClosedUntil, b.ForgetAt = fromNullMillis(since), fromNullMillis(closed), fromMillis(forget)
	}
	return buckets, nil
}

func writeBucket(ctx context.Context, tx *prepared, key string, b account.Bucket) error {
	if b == (account.Bucket{}) {
		_, err := tx.exec(ctx, throttleRemove, key)
		return err
	}
	_, err := tx.exec(ctx, throttleSet, key, b.Failures, b.Pending, nullMillis(b.Since), b.Pauses,
		nullMillis(b.ClosedUntil), millis(b.ForgetAt))
	return err
}
