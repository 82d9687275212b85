package sqlitestore

import (
	"context"
	"errors"

	"github.com/authfetch/authfetch/server/token"
)

// SigningKeys implements token.KeyStore.
func (s *Store) SigningKeys(ctx context.Context) (keys []token.StoredKey, err error) {
	rows, err := s.reader.query(ctx, keyListQuery)
	if err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			key             token.StoredKey
			created, active int64
		)
		if err := rows.Scan(&key.ID, &key.Follows, &key.Algorithm, &key.Private, &created, &active); err != nil {
			return nil, unavailable("read the signing keys", err)
		}
		key.CreatedAt, key.ActiveFrom = fromMillis(created), fromMillis(active)
		keys = append(keys, key)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("read the signing keys", err)
	}
	return keys, nil
}

// AddSigningKey implements token.KeyStore.
func (s *Store) AddSigningKey(ctx context.Context, key token.StoredKey) (bool, error) {
	added := 0
	err := s.write(ctx, func(ctx context.Context, tx *prepared) (err error) {
		added, err = tx.exec(ctx, keyAdd,
			key.ID, key.Follows, string(key.Algorithm), key.Private, millis(key.CreatedAt), millis(key.ActiveFrom))
		if err != nil {
			return unavailable("add a signing key", err)
		}
		return nil
	})
	return added == 1 && err == nil, err
}
