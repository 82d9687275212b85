package account

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxEmail is the longest address that fits a mail transaction, RFC 5321
// section 4.5.3.1.3, in bytes.
const maxEmail = 254

// NormalizeEmail returns the form under which an address is stored and found:
// without spaces around, in NFC and lower case. RFC 5321 lets the part before
// the @ be case sensitive, but people do not expect it to be, and two accounts
// that differ in case only are a trap.
//
// It checks no more than that mail could be delivered: one @ with text on both
// sides, no spaces or control characters, at most 254 bytes; and that no character
// is invisible, so that no two accounts look the same in a list for that reason.
func NormalizeEmail(email string) (string, error) {
	if !utf8.ValidString(email) {
		return "", fmt.Errorf("%w: not UTF-8", ErrInvalidEmail)
	}
	// Lower case first: it can take apart what NFC has composed.
	email = norm.NFC.String(strings.ToLower(strings.TrimSpace(email)))
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case !ok, local == "", domain == "", strings.Contains(domain, "@"):
		return "", fmt.Errorf("%w: want name@domain", ErrInvalidEmail)
	case len(email) > maxEmail:
		return "", fmt.Errorf("%w: longer than %d bytes", ErrInvalidEmail, maxEmail)
	case strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) }):
		return "", fmt.Errorf("%w: contains spaces, control or invisible characters", ErrInvalidEmail)
	}
	return email, nil
}
