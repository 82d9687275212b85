package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/authfetch/authfetch/server/token"
)

// SigningKeys implements token.KeyStore.
func (s *Store) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	return signingKeys(ctx, s.reader)
}

func signingKeys(ctx context.Context, db *prepared) (keys []token.StoredKey, err error) {
	rows, err := db.query(ctx, keyListQuery)
	if err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			key             token.StoredKey
			created, active int64
			revoked         sql.NullInt64
		)
		if err := rows.Scan(&key.ID, &key.Follows, &key.Algorithm, &key.Sealed, &created, &active, &revoked); err != nil {
			return nil, unavailable("read the signing keys", err)
		}
		key.CreatedAt, key.ActiveFrom, key.RevokedAt = fromMillis(created), fromMillis(active), fromNullMillis(revoked)
		keys = append(keys, key)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	return keys, nil
}

// ReplaceSigningKeys implements token.KeyStore. There are a handful of keys, and
// they change a few times a year: all of them are written anew.
func (s *Store) ReplaceSigningKeys(ctx context.Context, before, after []token.StoredKey) (bool, error) {
	replaced := false
	err := s.write(ctx, func(ctx context.Context, tx *prepared) error {
		current, err := signingKeys(ctx, tx)
		if err != nil || !slices.EqualFunc(current, before, token.StoredKey.Equal) {
			return err
		}
		if _, err := tx.exec(ctx, keyDelete); err != nil {
			return unavailable("replace the signing keys", err)
		}
		for _, key := range after {
			_, err := tx.exec(ctx, keyInsert, key.ID, key.Follows, string(key.Algorithm), key.Sealed,
				millis(key.CreatedAt), millis(key.ActiveFrom), nullMillis(key.RevokedAt))
			if err != nil {
				return unavailable("replace the signing keys", err)
			}
		}
		replaced = true
		return nil
	})
	return replaced && err == nil, err
}
