package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
)

// ErrOtherSecret: the database belongs to another server secret.
var ErrOtherSecret = ownership.ErrOtherSecret

// SecretUse is what depends on a key of the server secret. The zero SecretUse:
// nothing does.
type SecretUse = ownership.Dependence

// schemaFloor is a name in the table meta: the least Schema.Latest that a program has
// to have to work with the tables.
const schemaFloor = "schema_floor"

// HasSecret tells whether the database belongs to a server secret already. If so,
// a new secret must not be made for it: every session would be lost. The error
// wraps rotation.ErrUnavailable.
func (s *Store) HasSecret(ctx context.Context) (bool, error) {
	return ownership.Has(ctx, meta{s.pool})
}

// UseSecret ties an empty database to the server secret, and checks on every later
// start that the set has it. Where another key of the set mints now, the database
// is tied to that one from then on. The error wraps ErrOtherSecret, or
// rotation.ErrUnavailable. A server calls it before it reads or writes anything;
// other programs call MintingSecret.
func (s *Store) UseSecret(ctx context.Context, secrets secret.Set, at time.Time) error {
	const doing = "use the server secret"
	return s.write(ctx, doing, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, metaLock); err != nil {
			return unavailable(doing, err)
		}
		return ownership.Use(ctx, meta{tx}, secrets, at)
	})
}

// MintingSecret returns the set with the key in front that the servers mint and
// seal with, whatever the order in the file is by now: they may not have been
// started anew yet. The error wraps ErrOtherSecret, or rotation.ErrUnavailable.
func (s *Store) MintingSecret(ctx context.Context, secrets secret.Set) (secret.Set, error) {
	return ownership.Minting(ctx, meta{s.pool}, secrets)
}

// SecretUse tells what depends on the key with that id. It reads all sessions. The
// error wraps rotation.ErrUnavailable.
func (s *Store) SecretUse(ctx context.Context, id string, at time.Time) (SecretUse, error) {
	keys, err := s.SigningKeys(ctx)
	if err != nil {
		return SecretUse{}, err
	}
	return ownership.Depends(ctx, meta{s.pool}, keys, id, at, func(before time.Time) (int, time.Time, error) {
		var count int
		var end zeronull.Timestamptz
		if err := s.pool.QueryRow(ctx, secretSessions, before).Scan(&count, &end); err != nil {
			return 0, time.Time{}, unavailable("count the sessions of a server secret", err)
		}
		return count, utc(end), nil
	})
}

// meta is the table of that name: facts about the database.
type meta struct{ db querier }

func (m meta) Get(ctx context.Context, name string) (string, error) {
	var value string
	err := m.db.QueryRow(ctx, metaGet, name).Scan(&value)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", unavailable("read "+name, err)
	}
	return value, nil
}

func (m meta) Set(ctx context.Context, name, value string) error {
	if _, err := m.db.Exec(ctx, metaSet, name, value); err != nil {
		return unavailable("store "+name, err)
	}
	return nil
}
