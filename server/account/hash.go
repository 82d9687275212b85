package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params is the cost of an Argon2id hash, RFC 9106 section 3.1.
type Params struct {
	Memory uint32 // in KiB
	Passes uint32
	Lanes  uint8
}

// DefaultParams is 19 MiB, two passes, one lane.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Passes: 2, Lanes: 1} }

// The bounds are what a server can afford for one login, so that a damaged or
// planted hash cannot take the machine down.
const (
	maxMemory = 1 << 20 // KiB: 1 GiB
	maxPasses = 64
	saltSize  = 16 // bytes, RFC 9106 section 3.1
	keySize   = 32 // bytes
)

func (p Params) check() error {
	if p.Lanes == 0 || p.Passes == 0 || p.Passes > maxPasses ||
		p.Memory < 8*uint32(p.Lanes) || p.Memory > maxMemory {
		return fmt.Errorf("argon2id parameters m=%d,t=%d,p=%d are out of range", p.Memory, p.Passes, p.Lanes)
	}
	return nil
}

// Hash is a password hash. It prints as "[redacted]"; Encode is the one way to
// get at it, for a store.
type Hash struct {
	cost Params
	salt [saltSize]byte
	key  [keySize]byte
}

var errHash = errors.New("not an argon2id hash in PHC form")

func hashPassword(password string, p Params) Hash {
	h := Hash{cost: p}
	// crypto/rand.Read never returns an error: it ends the program instead.
	_, _ = rand.Read(h.salt[:])
	h.derive(password, h.key[:])
	return h
}

func (h Hash) params() Params { return h.cost }

func (h Hash) derive(password string, into []byte) {
	copy(into, argon2.IDKey([]byte(password), h.salt[:], h.cost.Passes, h.cost.Memory, h.cost.Lanes, keySize))
}

func (h Hash) matches(password string) (bool, error) {
	if err := h.cost.check(); err != nil {
		return false, fmt.Errorf("checking a password: %w", err)
	}
	var key [keySize]byte
	h.derive(password, key[:])
	return subtle.ConstantTimeCompare(key[:], h.key[:]) == 1, nil
}

// phc is unpadded base64, as the PHC string format has it.
var phc = base64.RawStdEncoding.Strict()

// Encode returns the hash as a PHC string, "$argon2id$v=19$m=…,t=…,p=…$salt$key",
// and "" for the zero Hash.
func (h Hash) Encode() string {
	if h == (Hash{}) {
		return ""
	}
	return fmt.Sprintf("%s$%s$%s", h.header(), phc.EncodeToString(h.salt[:]), phc.EncodeToString(h.key[:]))
}

func (h Hash) header() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d", argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Lanes)
}

// id tells this hash from every other one, and is good for nothing else: to try a
// password against it takes the salt.
func (h Hash) id() string {
	sum := sha256.Sum256([]byte(h.Encode()))
	return phc.EncodeToString(sum[:16])
}

// ParseHash reads what Encode wrote. Salt and key have one size, because no
// other program writes our table.
func ParseHash(encoded string) (Hash, error) {
	var h Hash
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 {
		return Hash{}, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.Memory, &h.cost.Passes, &h.cost.Lanes); err != nil {
		return Hash{}, errHash
	}
	if err := h.cost.check(); err != nil {
		return Hash{}, err
	}
	salt, err1 := phc.DecodeString(parts[4])
	key, err2 := phc.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(salt) != saltSize || len(key) != keySize {
		return Hash{}, errHash
	}
	copy(h.salt[:], salt)
	copy(h.key[:], key)
	if h.Encode() != encoded {
		return Hash{}, errHash
	}
	return h, nil
}

const redacted = "[redacted]"

// String redacts.
func (Hash) String() string { return redacted }

// GoString redacts, for %#v.
func (Hash) GoString() string { return redacted }

// Format redacts under every verb: without it, %d and %x would print the bytes.
func (Hash) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue redacts, for log/slog.
func (Hash) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts, for encoding/json and whatever else writes text.
func (Hash) MarshalText() ([]byte, error) { return []byte(redacted), nil }
