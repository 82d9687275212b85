// Package ownership ties a database to a server secret. With another one every
// session would be lost, so that a server refuses to start with it; and while a
// secret is being replaced, the database knows which of the two servers mint with,
// and what still depends on the other.
//
// Both stores keep this in a table of named texts, their Facts. It is logic of
// stores, not of applications: those call the store's own methods, as UseSecret.
package ownership

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// ErrOtherSecret: the database belongs to another server secret.
var ErrOtherSecret = errors.New("database belongs to another server secret")

// Names of facts: the check value of the secret that mints, and, for each secret
// that has minted before it, until when, in milliseconds since 1970.
const (
	secretCheck  = "secret_check"
	secretMinted = "secret_minted:" // and its key id
)

// Facts are named texts in a database, inside one transaction or outside of any.
// Their errors wrap rotation.ErrUnavailable.
type Facts interface {
	// Get returns the value of that name, empty where there is none.
	Get(ctx context.Context, name string) (string, error)
	// Set stores a value, in the place of the one that was there.
	Set(ctx context.Context, name, value string) error
}

// Has tells whether the database belongs to a server secret already. The error is
// that of the facts.
func Has(ctx context.Context, facts Facts) (bool, error) {
	check, err := facts.Get(ctx, secretCheck)
	return check != "", err
}

// Use ties an empty database to the server secret, and checks on every later start
// that the set has it. Where another key of the set mints now, the database is tied
// to that one from then on. The facts are those of a transaction that no other one
// of Use runs beside. The error wraps ErrOtherSecret or secret.ErrNoKey, or is that
// of the facts.
func Use(ctx context.Context, tx Facts, secrets secret.Set, at time.Time) error {
	own, err := secrets.CheckValue()
	if err != nil {
		return fmt.Errorf("use the server secret: %w", err)
	}
	stored, err := tx.Get(ctx, secretCheck)
	if err != nil || stored == own {
		return err
	}
	if stored != "" {
		if !secrets.Matches(stored) {
			return errOther()
		}
		if err := tx.Set(ctx, secretMinted+checkedID(stored), formatTime(at)); err != nil {
			return err
		}
	}
	return tx.Set(ctx, secretCheck, own)
}

// Minting returns the set with the key in front that the servers mint and seal
// with, whatever the order in the file is by now: they may not have been started
// anew yet. The error wraps ErrOtherSecret, or is that of the facts.
func Minting(ctx context.Context, facts Facts, secrets secret.Set) (secret.Set, error) {
	stored, err := facts.Get(ctx, secretCheck)
	if err != nil || stored == "" {
		return secrets, err
	}
	if !secrets.Matches(stored) {
		return secret.Set{}, errOther()
	}
	return secrets.Use(checkedID(stored))
}

func errOther() error {
	return fmt.Errorf("%w; copy the secret file from another server on it, or from the backup that it came from", ErrOtherSecret)
}

// checkedID is the key id in a check value.
func checkedID(check string) string {
	id, _, _ := strings.Cut(check, ":")
	return id
}

func formatTime(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// parseTime reads what formatTime wrote.
func parseTime(text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(ms), nil
}
