package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// Names in the table meta: the check value of the secret that mints, and, for each
// secret that has minted before it, until when.
const (
	secretCheck  = "secret_check"
	secretMinted = "secret_minted:" // and its key id
)

// HasSecret tells whether the database belongs to a server secret already. If so,
// a new secret must not be made for it: every session would be lost. The error
// wraps rotation.ErrUnavailable.
func (s *Store) HasSecret(ctx context.Context) (bool, error) {
	value, err := meta(ctx, s.reader, secretCheck)
	return value != "", err
}

// UseSecret ties an empty database to the server secret, and checks on every later
// start that the set has it. Where another key of the set mints now, the database
// is tied to that one from then on. The error wraps ErrOtherSecret, or
// rotation.ErrUnavailable. A server calls it before it reads or writes anything;
// other programs call MintingSecret.
func (s *Store) UseSecret(ctx context.Context, secrets secret.Set, at time.Time) error {
	own, err := secrets.CheckValue()
	if err != nil {
		return fmt.Errorf("use the server secret: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		stored, err := meta(ctx, tx, secretCheck)
		if err != nil || stored == own {
			return err
		}
		if stored != "" {
			if !secrets.Matches(stored) {
				return errOtherSecret()
			}
			until := strconv.FormatInt(millis(at), 10)
			if err := setMeta(ctx, tx, secretMinted+checkedID(stored), until); err != nil {
				return err
			}
		}
		return setMeta(ctx, tx, secretCheck, own)
	})
}

// MintingSecret returns the set with the key in front that the servers mint and
// seal with, whatever the order in the file is by now: they may not have been
// started anew yet. The error wraps ErrOtherSecret, or rotation.ErrUnavailable.
func (s *Store) MintingSecret(ctx context.Context, secrets secret.Set) (secret.Set, error) {
	stored, err := meta(ctx, s.reader, secretCheck)
	if err != nil || stored == "" {
		return secrets, err
	}
	if !secrets.Matches(stored) {
		return secret.Set{}, errOtherSecret()
	}
	return secrets.Use(checkedID(stored))
}

// SecretUse is what depends on a key of the server secret. The zero SecretUse:
// nothing does.
type SecretUse struct {
	Mints    bool      // servers mint with it
	Keys     int       // signing keys that are sealed with it
	Sessions int       // live sessions whose refresh token may have been made with it
	Until    time.Time // when the last of these will have ended or been refreshed
}

// restarts is how long after the first server others may have gone on with the
// secret before: an operator starts them anew one by one.
const restarts = time.Hour

// SecretUse tells what depends on the key with that id. The error wraps
// rotation.ErrUnavailable.
func (s *Store) SecretUse(ctx context.Context, id string, at time.Time) (SecretUse, error) {
	var use SecretUse
	check, err := meta(ctx, s.reader, secretCheck)
	if err != nil {
		return use, err
	}
	keys, err := s.SigningKeys(ctx)
	if err != nil {
		return use, err
	}
	for _, key := range keys {
		if secret.SealedBy(key.Sealed) == id {
			use.Keys++
		}
	}
	until, err := meta(ctx, s.reader, secretMinted+id)
	if err != nil {
		return use, err
	}
	var before int64 // tokens of sessions that were last refreshed before are of this secret
	switch ms, err := strconv.ParseInt(until, 10, 64); {
	case checkedID(check) == id:
		use.Mints, before = true, millis(at)+1
	case until == "":
		return use, nil // it has never minted
	case err != nil:
		return use, unavailable("read when a server secret minted", err)
	default:
		before = ms + restarts.Milliseconds()
	}
	var last sql.NullInt64
	if err := s.reader.row(ctx, secretSessions, before, millis(at)).Scan(&use.Sessions, &last); err != nil {
		return use, unavailable("count the sessions of a server secret", err)
	}
	use.Until = fromNullMillis(last)
	return use, nil
}

// checkedID is the key id in a check value.
func checkedID(check string) string {
	id, _, _ := strings.Cut(check, ":")
	return id
}

func errOtherSecret() error {
	return fmt.Errorf("%w; copy the secret file from the server, or the backup, that this database came from", ErrOtherSecret)
}

// meta is a fact about the database, empty where it has not been stored yet.
func meta(ctx context.Context, db *prepared, name string) (string, error) {
	var value string
	err := db.row(ctx, "SELECT value FROM meta WHERE name = ?1", name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", unavailable("read "+name, err)
	}
	return value, nil
}

func setMeta(ctx context.Context, tx *prepared, name, value string) error {
	_, err := tx.exec(ctx, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", name, value)
	if err != nil {
		return unavailable("store "+name, err)
	}
	return nil
}
