package dpop

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/internal/jws"
	"github.com/authfetch/authfetch/server/secret"
)

const (
	// slot is for how long a nonce is the current one. It counts for one slot more,
	// so that a proof is at most five minutes old.
	slot = 150 * time.Second
	// nonceSize is 128 bits, in bytes.
	nonceSize = 16
)

// Nonces makes the nonces of RFC 9449 section 8 and recognises them. It stores
// none: a nonce is a MAC over the time, so that every server with the same secrets
// and issuer makes, and takes, the same ones. It is immutable, and safe for
// concurrent use.
type Nonces struct{ keys [][]byte } // the first one makes, all of them count

// NewNonces derives a key from each of the secrets for this issuer. The error is
// that of secrets without a key.
func NewNonces(secrets secret.Set, issuer string) (*Nonces, error) {
	if secrets.IsZero() {
		return nil, fmt.Errorf("DPoP nonces: %w", secret.ErrNoKey)
	}
	n := new(Nonces)
	for key := range secrets.All() {
		mac, err := key.Derive("DPoP nonce", issuer, sha256.Size)
		if err != nil {
			return nil, err
		}
		n.keys = append(n.keys, mac.Reveal())
	}
	return n, nil
}

// At is the nonce that is current at that time.
func (n *Nonces) At(t time.Time) string { return nonce(n.keys[0], slotOf(t)) }

// check tells whether the nonce counts at that time, of which slot it is, and
// whether it is time for a new one. The slot before counts, and the one after too:
// the clock of another server may be ahead.
func (n *Nonces) check(given string, at time.Time) (of int64, stale, ok bool) {
	now := slotOf(at)
	for i, key := range n.keys {
		for _, s := range []int64{now, now - 1, now + 1} {
			// All are compared, whichever it is.
			if subtle.ConstantTimeCompare([]byte(given), []byte(nonce(key, s))) == 1 {
				of, stale, ok = s, s < now || i > 0, true
			}
		}
	}
	return of, stale, ok
}

// slotEnd is when no server takes the nonces of a slot any more, however its clock
// differs by less than a slot.
func slotEnd(s int64) time.Time { return time.Unix((s+3)*int64(slot/time.Second), 0).UTC() }

func slotOf(t time.Time) int64 { return t.Unix() / int64(slot/time.Second) }

func nonce(key []byte, s int64) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(s)))
	return jws.Encode(mac.Sum(nil)[:nonceSize])
}
