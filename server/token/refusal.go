package token

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// refusal says why a token was refused in words of ours. Those of the library
// may quote the token, and the text may end up in a log. Expiry comes last: it is
// the reason only where nothing else is wrong.
func refusal(err error) error {
	for _, known := range []struct {
		cause error
		text  string
	}{
		{jwt.ErrTokenMalformed, "malformed"},
		{jwt.ErrTokenUnverifiable, "unknown type, key or algorithm"},
		{jwt.ErrTokenSignatureInvalid, "wrong signature"},
		{jwt.ErrTokenInvalidIssuer, "another issuer"},
		{jwt.ErrTokenInvalidAudience, "another audience"},
		{jwt.ErrTokenUsedBeforeIssued, "issued in the future"},
		{jwt.ErrTokenRequiredClaimMissing, "claims are missing"},
	} {
		if errors.Is(err, known.cause) {
			return fmt.Errorf("%w: %s", ErrInvalid, known.text)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return ErrExpired
	}
	return fmt.Errorf("%w: claims do not hold", ErrInvalid)
}
