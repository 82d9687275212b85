package pgstore

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/authfetch/authfetch/server/token"
)

// SigningKeys implements token.KeyStore.
func (s *Store) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	return signingKeys(ctx, s.pool)
}

func signingKeys(ctx context.Context, db querier) ([]token.StoredKey, error) {
	rows, err := db.Query(ctx, keyList)
	if err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	keys, err := pgx.CollectRows(rows, func(from pgx.CollectableRow) (token.StoredKey, error) {
		var key token.StoredKey
		var revoked zeronull.Timestamptz
		err := from.Scan(&key.ID, &key.Follows, &key.Algorithm, &key.Sealed, &key.CreatedAt, &key.ActiveFrom, &revoked)
		if len(key.Sealed) == 0 {
			key.Sealed = nil // as it was given
		}
		key.CreatedAt, key.ActiveFrom, key.RevokedAt = key.CreatedAt.UTC(), key.ActiveFrom.UTC(), utc(revoked)
		return key, err
	})
	if err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	return keys, nil
}

// ReplaceSigningKeys implements token.KeyStore. There are a handful of keys, and
// they change a few times a year: all of them are written anew, under a lock.
func (s *Store) ReplaceSigningKeys(ctx context.Context, before, after []token.StoredKey) (bool, error) {
	const doing = "replace the signing keys"
	replaced := false
	err := s.write(ctx, doing, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, keyLock); err != nil {
			return unavailable(doing, err)
		}
		current, err := signingKeys(ctx, tx)
		if err != nil || !slices.EqualFunc(current, before, token.StoredKey.Equal) {
			return err
		}
		var changes pgx.Batch
		changes.Queue(keyDelete)
		for _, key := range after {
			changes.Queue(keyInsert, key.ID, key.Follows, string(key.Algorithm), key.Sealed,
				key.CreatedAt, key.ActiveFrom, null(key.RevokedAt))
		}
		if err := tx.SendBatch(ctx, &changes).Close(); err != nil {
			return unavailable(doing, err)
		}
		replaced = true
		return nil
	})
	return replaced && err == nil, err
}
