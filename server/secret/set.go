package secret

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
)

// Errors of this package, to be told apart with errors.Is.
var (
	// ErrNoKey: the set or the key is the zero value, or the file is empty.
	ErrNoKey = errors.New("no server secret")
	// ErrFormat: the text is not that of a secret file.
	ErrFormat = errors.New("not a secret file")
	// ErrExposed: other users of the machine can read or change the file.
	ErrExposed = errors.New("secret file is open to others")
	// ErrSealed: the sealed value was made with another secret, for something
	// else, or has been changed.
	ErrSealed = errors.New("sealed value does not open")
)

// keyIDs are short names that need no escaping in a JSON string or in the file.
var keyIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// Set is the content of a secret file: the first key mints, all of them verify.
// The zero Set has no key; everything that needs one answers with ErrNoKey.
// A Set is immutable and safe for concurrent use.
type Set struct{ keys []Key }

// Generate makes a set with one new key.
func Generate() Set { return Set{keys: []Key{newKey()}} }

// Parse reads a set from the text of a secret file: one key a line, its id, a
// blank and 32 bytes in unpadded base64url. Empty lines and lines that begin
// with # do not count. An error wraps ErrFormat or ErrNoKey and names the line,
// never what it contains.
func Parse(text []byte) (Set, error) {
	var set Set
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return Set{}, fmt.Errorf("line %d: %w", number, err)
		}
		if _, taken := set.Lookup(key.ID); taken {
			return Set{}, fmt.Errorf("line %d: %w: the key id occurs twice", number, ErrFormat)
		}
		set.keys = append(set.keys, key)
	}
	if lines.Err() != nil {
		return Set{}, fmt.Errorf("%w: a line is too long", ErrFormat)
	}
	if len(set.keys) == 0 {
		return Set{}, ErrNoKey
	}
	return set, nil
}

func parseKey(line string) (Key, error) {
	id, encoded, _ := strings.Cut(line, " ")
	if !keyIDs.MatchString(id) {
		return Key{}, fmt.Errorf("%w: want a key id of at most 32 letters and digits, a blank, a secret", ErrFormat)
	}
	value, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimSpace(encoded))
	if err != nil || len(value) != keySize {
		return Key{}, fmt.Errorf("%w: want %d bytes in base64url after the key id", ErrFormat, keySize)
	}
	return Key{ID: id, value: New(value)}, nil
}

// text is the content of the file that Parse reads back.
func (s Set) text() []byte {
	var b bytes.Buffer
	b.WriteString("# The secret of an authfetch server. Keep it private, and keep a copy:\n" +
		"# without it every session ends. All nodes on one database share it.\n" +
		"# The first line mints, every line verifies.\n")
	for _, key := range s.keys {
		fmt.Fprintf(&b, "%s %s\n", key.ID, base64.RawURLEncoding.EncodeToString(key.value.Reveal()))
	}
	return b.Bytes()
}

// Primary is the key that mints, the zero Key in a zero Set.
func (s Set) Primary() Key {
	if len(s.keys) == 0 {
		return Key{}
	}
	return s.keys[0]
}

// Lookup finds the key with that id.
func (s Set) Lookup(id string) (Key, bool) {
	i := slices.IndexFunc(s.keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, false
	}
	return s.keys[i], true
}

// All yields the keys, the minting one first.
func (s Set) All() iter.Seq[Key] { return slices.Values(s.keys) }

// IsZero tells whether the set has no key.
func (s Set) IsZero() bool { return len(s.keys) == 0 }

// CheckValue is a public value for the database to keep: it tells whether a node
// works with the same secret as the others, and gives nothing of it away.
func (s Set) CheckValue() (string, error) { return s.Primary().check() }

// Matches tells whether one of the keys made the check value.
func (s Set) Matches(checkValue string) bool {
	for key := range s.All() {
		own, err := key.check()
		if err == nil && subtle.ConstantTimeCompare([]byte(own), []byte(checkValue)) == 1 {
			return true
		}
	}
	return false
}
