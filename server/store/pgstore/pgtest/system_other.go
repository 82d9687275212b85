//go:build !linux && !darwin

package pgtest

import (
	"fmt"
	"runtime"
	"syscall"
)

// An account is whom the programs run as: here, nobody knows how.
type account struct{}

func unprivileged() (account, error) {
	return account{}, fmt.Errorf("%w: not on %s", ErrMissing, runtime.GOOS)
}

func memory() string                             { return "" }
func (account) own(string) error                 { return nil }
func (account) attributes() *syscall.SysProcAttr { return nil }
func ownGroup() *syscall.SysProcAttr             { return nil }
func stop(int) error                             { return ErrMissing }
func quit(int) error                             { return ErrMissing }
func kill(int) error                             { return ErrMissing }
func forgetCrash(string) error                   { return nil }
