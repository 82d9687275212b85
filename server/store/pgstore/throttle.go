package pgstore

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/authfetch/authfetch/server/account"
)

var _ account.ThrottleStore = (*Store)(nil)

// Buckets implements [account.ThrottleStore], with the time by the database's clock.
func (s *Store) Buckets(ctx context.Context, keys []string) ([]account.Bucket, time.Time, error) {
	var batch pgx.Batch
	buckets, now := queueBuckets(&batch, keys)
	if err := s.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, time.Time{}, unavailable("read throttles", err)
	}
	return *buckets, *now, nil
}

// ChangeBuckets implements [account.ThrottleStore]. It takes two round trips, between
// which the buckets are locked; the server gives the lock up where a node dies
// meanwhile.
func (s *Store) ChangeBuckets(ctx context.Context, keys []string, change func(time.Time, []account.Bucket) error) error {
	const doing = "count an attempt"
	return s.write(ctx, doing, func(tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue(throttleLock, keys)
		before, now := queueBuckets(&batch, keys)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return unavailable(doing, err)
		}
		after := slices.Clone(*before)
		if err := change(*now, after); err != nil {
			return err
		}
		var writes pgx.Batch
		for i, key := range keys {
			if after[i] != (*before)[i] {
				queueBucket(&writes, key, after[i])
			}
		}
		if err := tx.SendBatch(ctx, &writes).Close(); err != nil {
			return unavailable(doing, err)
		}
		return nil
	})
}

// DeleteBuckets implements [account.ThrottleStore]. A bucket that counts still by the
// database's clock stays.
func (s *Store) DeleteBuckets(ctx context.Context, forgottenBy time.Time) (int, error) {
	return s.inBatches(ctx, "delete throttles", throttleForget, forgottenBy)
}

// queueBuckets reads buckets and the clock with the batch; the results are there when
// it has been closed without an error.
func queueBuckets(batch *pgx.Batch, keys []string) (*[]account.Bucket, *time.Time) {
	buckets, now := new([]account.Bucket), new(time.Time)
	batch.Queue(throttleList, keys).Query(func(rows pgx.Rows) (err error) {
		*buckets, err = pgx.CollectRows(rows, scanBucket)
		return err
	})
	batch.Queue(clock).QueryRow(func(row pgx.Row) error {
		err := row.Scan(now)
		*now = now.UTC()
		return err
	})
	return buckets, now
}

func scanBucket(from pgx.CollectableRow) (account.Bucket, error) {
	var (
		found                 bool
		b                     account.Bucket
		since, closed, forget zeronull.Timestamptz
	)
	err := from.Scan(&found, &b.Failures, &b.Pending, &since, &b.Pauses, &closed, &forget)
	if err != nil || !found {
		return account.Bucket{}, err
	}
	b.Since, b.ClosedUntil, b.ForgetAt = utc(since), utc(closed), utc(forget)
	return b, nil
}

func queueBucket(batch *pgx.Batch, key string, b account.Bucket) {
	if b == (account.Bucket{}) {
		batch.Queue(throttleRemove, key)
		return
	}
	batch.Queue(throttleSet, key, b.Failures, b.Pending, null(b.Since), b.Pauses, null(b.ClosedUntil), b.ForgetAt)
}
