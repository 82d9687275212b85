package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/authfetch/authfetch/server/secret"
)

// secretCheck names the check value in the table meta.
const secretCheck = "secret_check"

// HasSecret tells whether the database belongs to a server secret already. If so,
// a new secret must not be made for it: every session would be lost. The error
// wraps rotation.ErrUnavailable.
func (s *Store) HasSecret(ctx context.Context) (bool, error) {
	value, err := s.secretCheck(ctx)
	return value != "", err
}

// UseSecret ties an empty database to the server secret, and checks on every
// later start that it is the same one. The error wraps ErrOtherSecret, or
// rotation.ErrUnavailable. Call it before anything is read or written.
func (s *Store) UseSecret(ctx context.Context, secrets secret.Set) error {
	own, err := secrets.CheckValue()
	if err != nil {
		return fmt.Errorf("use the server secret: %w", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx *prepared) error {
		_, err := tx.exec(ctx, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING", secretCheck, own)
		if err != nil {
			return unavailable("use the server secret", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	stored, err := s.secretCheck(ctx)
	if err != nil {
		return err
	}
	if !secrets.Matches(stored) {
		return fmt.Errorf("%w; copy the secret file from the server, or the backup, that this database came from", ErrOtherSecret)
	}
	return nil
}

// secretCheck is the stored check value, empty where there is none yet.
func (s *Store) secretCheck(ctx context.Context) (string, error) {
	var value string
	err := s.reader.row(ctx, "SELECT value FROM meta WHERE name = ?1", secretCheck).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", unavailable("read the check value of the server secret", err)
	}
	return value, nil
}
