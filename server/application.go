package server

import (
	"errors"
	"fmt"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
)

// errApplication: a function of the application has failed.
var errApplication = errors.New("the application could not answer")

// applicationError takes whatever the application's function does not say about
// what it was given for a passing trouble: a wrong 401 would tell the user that
// the password is wrong.
func applicationError(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{
		account.ErrInvalidCredentials, account.ErrThrottled, account.ErrNotFound, account.ErrEmailTaken,
		account.ErrInvalidEmail, account.ErrInvalidName, account.ErrInvalidPassword,
		account.ErrBusy, rotation.ErrUnavailable, // which are passing troubles by themselves
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errApplication, err)
}
