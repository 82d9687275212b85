package main

import (
	"crypto/sha256"
	"encoding/base64"
)

const (
	schemeDPoP = "DPoP"
	headerDPoP = "DPoP"
)

// athOf is the hash by which a proof names its access token, RFC 9449 section 4.2.
func athOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
