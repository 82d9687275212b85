package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/internal/ownership"
)

// SecretUse is what depends on a key of the server secret. The zero SecretUse:
// nothing does.
type SecretUse = ownership.Dependence

// HasSecret tells whether the database belongs to a server secret already. If so,
// a new secret must not be made for it: every session would be lost. The error
// wraps rotation.ErrUnavailable.
func (s *Store) HasSecret(ctx context.Context) (bool, error) {
	return ownership.Has(ctx, meta{s.reader})
}

// UseSecret ties an empty database to the server secret, and checks on every later
// start that the set has it. Where another key of the set mints now, the database
// is tied to that one from then on. The error wraps ErrOtherSecret, or
// rotation.ErrUnavailable. A server calls it before it reads or writes anything;
// other programs call MintingSecret.
func (s *Store) UseSecret(ctx context.Context, secrets secret.Set, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		return ownership.Use(ctx, meta{tx}, secrets, at)
	})
}

// MintingSecret returns the set with the key in front that the servers mint and
// seal with, whatever the order in the file is by now: they may not have been
// started anew yet. The error wraps ErrOtherSecret, or rotation.ErrUnavailable.
func (s *Store) MintingSecret(ctx context.Context, secrets secret.Set) (secret.Set, error) {
	return ownership.Minting(ctx, meta{s.reader}, secrets)
}

// SecretUse tells what depends on the key with that id. The error wraps
// rotation.ErrUnavailable.
func (s *Store) SecretUse(ctx context.Context, id string, at time.Time) (SecretUse, error) {
	keys, err := s.SigningKeys(ctx)
	if err != nil {
		return SecretUse{}, err
	}
	return ownership.Depends(ctx, meta{s.reader}, keys, id, at, func(before time.Time) (count int, last time.Time, err error) {
		var end sql.NullInt64
		if err := s.reader.row(ctx, secretSessions, millis(before), millis(at)).Scan(&count, &end); err != nil {
			return 0, time.Time{}, unavailable("count the sessions of a server secret", err)
		}
		return count, fromNullMillis(end), nil
	})
}

// meta is the table of that name: facts about the database.
type meta struct{ db *prepared }

func (m meta) Get(ctx context.Context, name string) (string, error) {
	var value string
	err := m.db.row(ctx, "SELECT value FROM meta WHERE name = ?1", name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", unavailable("read "+name, err)
	}
	return value, nil
}

func (m meta) Set(ctx context.Context, name, value string) error {
	_, err := m.db.exec(ctx, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", name, value)
	if err != nil {
		return unavailable("store "+name, err)
	}
	return nil
}
