package pgstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

var _ account.Store = (*Store)(nil)

// CreateUser implements [account.Store].
func (s *Store) CreateUser(ctx context.Context, user account.Record) error {
	tag, err := s.pool.Exec(ctx, userInsert, user.ID, user.Email, user.Name,
		user.PasswordHash.Encode(), user.CreatedAt, null(user.DisabledAt))
	return one("create a user", tag.RowsAffected(), err, account.ErrEmailTaken)
}

// UserByEmail implements [account.Store].
func (s *Store) UserByEmail(ctx context.Context, email string) (account.Record, error) {
	return s.user(ctx, userByEmail, email)
}

// UserByID implements [account.Store].
func (s *Store) UserByID(ctx context.Context, id string) (account.Record, error) {
	return s.user(ctx, userByID, id)
}

func (s *Store) user(ctx context.Context, statement, name string) (account.Record, error) {
	if !storable(name) {
		return account.Record{}, account.ErrNotFound
	}
	rows, err := s.pool.Query(ctx, statement, name)
	if err != nil {
		return account.Record{}, unavailable("read a user", err)
	}
	user, err := pgx.CollectExactlyOneRow(rows, scanUser)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return account.Record{}, account.ErrNotFound
	case errors.Is(err, errHash):
		return account.Record{}, err
	case err != nil:
		return account.Record{}, unavailable("read a user", err)
	}
	return user, nil
}

// Users implements [account.Store].
func (s *Store) Users(ctx context.Context) ([]account.User, error) {
	rows, err := s.pool.Query(ctx, userList)
	if err != nil {
		return nil, unavailable("list users", err)
	}
	users, err := pgx.CollectRows(rows, func(from pgx.CollectableRow) (account.User, error) {
		user, err := scanUser(from)
		return user.User, err
	})
	switch {
	case errors.Is(err, errHash):
		return nil, err
	case err != nil:
		return nil, unavailable("list users", err)
	}
	return users, nil
}

// SetPassword implements [account.Store]. The second statement begins after the first
// has got its lock, so that it finds the session of every login that came before.
func (s *Store) SetPassword(ctx context.Context, change account.PasswordChange) error {
	const doing = "set a password"
	if !storable(change.UserID) {
		return account.ErrNotFound
	}
	return s.write(ctx, doing, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, userPassword, change.UserID, change.New.Encode(), change.Old.Encode())
		if err := one(doing, tag.RowsAffected(), err, account.ErrNotFound); err != nil || change.KeepSessions {
			return err
		}
		_, err = revokeSessions(ctx, tx, rotation.Selection{UserID: change.UserID, Except: change.KeepSession}, wire.ReasonPasswordChange)
		return err
	})
}

// SetDisabled implements [account.Store].
func (s *Store) SetDisabled(ctx context.Context, id string, at time.Time) error {
	const doing = "disable or enable a user"
	if !storable(id) {
		return account.ErrNotFound
	}
	return s.write(ctx, doing, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, userDisabled, id, null(at))
		if err := one(doing, tag.RowsAffected(), err, account.ErrNotFound); err != nil || at.IsZero() {
			return err
		}
		_, err = revokeSessions(ctx, tx, rotation.Selection{UserID: id}, wire.ReasonDisabled)
		return err
	})
}

// errHash: what is stored as a password hash is none.
var errHash = errors.New("password hash cannot be read")

func scanUser(from pgx.CollectableRow) (account.Record, error) {
	var (
		user     account.Record
		hash     string
		disabled zeronull.Timestamptz
	)
	if err := from.Scan(&user.ID, &user.Email, &user.Name, &hash, &user.CreatedAt, &disabled); err != nil {
		return account.Record{}, err
	}
	var err error
	if user.PasswordHash, err = account.ParseHash(hash); err != nil {
		return account.Record{}, fmt.Errorf("postgres: %w: that of user %s: %w", errHash, user.ID, err)
	}
	user.CreatedAt, user.DisabledAt = user.CreatedAt.UTC(), utc(disabled)
	return user, nil
}
