package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

var _ account.Store = (*Store)(nil)

// CreateUser implements [account.Store].
func (s *Store) CreateUser(ctx context.Context, user account.Record) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		created, err := tx.exec(ctx, userInsert, user.ID, user.Email, user.Name,
			user.PasswordHash.Encode(), millis(user.CreatedAt), nullMillis(user.DisabledAt))
		return one("create a user", created, err, account.ErrEmailTaken)
	})
}

// UserByEmail implements [account.Store].
func (s *Store) UserByEmail(ctx context.Context, email string) (account.Record, error) {
	return scanUser(s.reader.row(ctx, userByEmail, email))
}

// UserByID implements [account.Store].
func (s *Store) UserByID(ctx context.Context, id string) (account.Record, error) {
	return scanUser(s.reader.row(ctx, userByID, id))
}

// Users implements [account.Store].
func (s *Store) Users(ctx context.Context) ([]account.User, error) {
	rows, err := s.reader.query(ctx, userList)
	if err != nil {
		return nil, unavailable("list users", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has what went wrong
	var users []account.User
	for rows.Next() {
		record, err := scanUser(rows)
		if err != nil {
			return nil, err
		}
		users = append(users, record.User)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("list users", err)
	}
	return users, nil
}

// SetPassword implements [account.Store].
func (s *Store) SetPassword(ctx context.Context, change account.PasswordChange) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		changed, err := tx.exec(ctx, userPassword, change.UserID, change.New.Encode(), change.Old.Encode())
		if err := one("set a password", changed, err, account.ErrNotFound); err != nil || change.KeepSessions {
			return err
		}
		_, err = revokeSessions(ctx, tx, rotation.Selection{UserID: change.UserID, Except: change.KeepSession},
			wire.ReasonPasswordChange, change.At)
		return err
	})
}

// SetDisabled implements [account.Store].
func (s *Store) SetDisabled(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *prepared) error {
		changed, err := tx.exec(ctx, userDisabled, id, nullMillis(at))
		if err := one("disable or enable a user", changed, err, account.ErrNotFound); err != nil || at.IsZero() {
			return err
		}
		_, err = revokeSessions(ctx, tx, rotation.Selection{UserID: id}, wire.ReasonDisabled, at)
		return err
	})
}

// one wants a statement to have changed a row, and answers otherwise that there
// was none to change.
func one(doing string, changed int, err, none error) error {
	switch {
	case err != nil:
		return unavailable(doing, err)
	case changed == 0:
		return none
	}
	return nil
}

func scanUser(row scanner) (account.Record, error) {
	var (
		user     account.Record
		hash     string
		created  int64
		disabled sql.NullInt64
	)
	err := row.Scan(&user.ID, &user.Email, &user.Name, &hash, &created, &disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return account.Record{}, account.ErrNotFound
	}
	if err != nil {
		return account.Record{}, unavailable("read a user", err)
	}
	if user.PasswordHash, err = account.ParseHash(hash); err != nil {
		return account.Record{}, fmt.Errorf("sqlite: the password of user %s: %w", user.ID, err)
	}
	user.CreatedAt, user.DisabledAt = fromMillis(created), fromNullMillis(disabled)
	return user, nil
}
