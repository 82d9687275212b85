//go:build js && wasm

package browser

import (
	"strings"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Claims decodes the payload of a JWT, RFC 7519 section 3, without verifying
// it: that is the API's business. A token that is no JWT has no claims.
func (r *Realm) Claims(token string) session.Claims {
	claims := session.Claims{Value: r.Object()}
	_, rest, _ := strings.Cut(token, ".")
	if encoded, _, ok := strings.Cut(rest, "."); ok {
		payload, err := r.call(jsonParse, r.decode(encoded))
		if err == nil && TypeOf(payload) == safejs.TypeObject {
			claims.Value = payload
			claims.Subject = Text(r.Property(payload, "sub"))
			if exp, ok := Number(r.Property(payload, "exp")); ok {
				claims.ExpiresAt = session.Wall(exp * float64(time.Second))
			}
		}
	}
	_, _ = r.call(freeze, claims.Value)
	return claims
}

// decode decodes base64url, RFC 7515 section 2; empty where s is none.
func (r *Realm) decode(s string) string {
	standard := []byte(s)
	for i, c := range standard {
		switch c {
		case '-':
			standard[i] = '+'
		case '_':
			standard[i] = '/'
		}
	}
	binary, err := r.call(atob, string(standard))
	if err != nil {
		return ""
	}
	// One character a byte, and the bytes are UTF-8.
	var bytes []byte
	for _, c := range Text(binary) {
		bytes = append(bytes, byte(c))
	}
	return string(bytes)
}

// isDPoP reports whether a token_type says that the token is bound to a key, whatever
// its case: RFC 6749 section 5.1.
func isDPoP(tokenType string) bool {
	const lower = "dpop"
	for i := range len(tokenType) {
		if i == len(lower) || tokenType[i]|0x20 != lower[i] {
			return false
		}
	}
	return len(tokenType) == len(lower)
}

// isToken reports whether s can stand in an Authorization header: the b64token
// of RFC 6750 section 2.1. "undefined" could, and is the classic mistake.
func isToken(s string) bool {
	if s == "" || s == "undefined" || s == "null" {
		return false
	}
	padding := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '=':
			padding = true
		case padding:
			return false
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return true
}
