package account

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The length of a new password, in characters (Unicode code points). NIST
// SP 800-63B section 3.1.1.2 asks for at least eight and no composition rules.
const (
	MinPassword = 8
	MaxPassword = 256
)

// maxPasswordBytes is what 256 characters can take, composed or not. Text
// beyond that is refused before any work is spent on it.
const maxPasswordBytes = MaxPassword * utf8.UTFMax * 2

// CheckPassword returns the password in the form that is hashed, or an
// ErrInvalidPassword that says what is wrong with it.
func CheckPassword(password string) (string, error) {
	normal, ok := normalizePassword(password)
	switch {
	case !utf8.ValidString(password):
		return "", fmt.Errorf("%w: not UTF-8", ErrInvalidPassword)
	case !ok:
		return "", fmt.Errorf("%w: longer than %d characters", ErrInvalidPassword, MaxPassword)
	case strings.ContainsRune(normal, utf8.RuneError):
		// What could not be read on the way was replaced by it: any other damaged
		// password would do as well.
		return "", fmt.Errorf("%w: contains U+FFFD", ErrInvalidPassword)
	case utf8.RuneCountInString(normal) < MinPassword:
		return "", fmt.Errorf("%w: shorter than %d characters", ErrInvalidPassword, MinPassword)
	}
	return normal, nil
}

// normalizePassword brings the password into NFC, RFC 8265 section 4.2.2: one
// keyboard composes an "é", another sends a letter and an accent, and both
// typed the same password. It reports whether anybody can have this password.
func normalizePassword(password string) (string, bool) {
	if len(password) > maxPasswordBytes || !utf8.ValidString(password) {
		return "", false
	}
	normal := norm.NFC.String(password)
	return normal, utf8.RuneCountInString(normal) <= MaxPassword
}
