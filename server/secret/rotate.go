package secret

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
)

// ErrPrimary: the key that mints cannot be removed.
var ErrPrimary = errors.New("secret mints; use another one first")

// newKey makes a key.
func newKey() Key {
	value := make([]byte, keySize)
	_, _ = rand.Read(value) // never fails: crypto/rand ends the program instead
	return Key{ID: rand.Text()[:8], value: New(value)}
}

// Add returns the set with a new key at its end, where it verifies and does not
// mint, and its key id.
func (s Set) Add() (Set, string) {
	key := newKey()
	return Set{keys: append(slices.Clip(s.keys), key)}, key.ID
}

// Use returns the set with that key in front, where it mints. The error wraps
// ErrNoKey where there is none with that id.
func (s Set) Use(id string) (Set, error) {
	key, found := s.Lookup(id)
	if !found {
		return Set{}, fmt.Errorf("%w has the key id %q", ErrNoKey, id)
	}
	return Set{keys: append([]Key{key}, s.others(id)...)}, nil
}

// Remove returns the set without that key. The error wraps ErrNoKey where there
// is none with that id, and ErrPrimary where it is the one that mints.
func (s Set) Remove(id string) (Set, error) {
	if _, found := s.Lookup(id); !found {
		return Set{}, fmt.Errorf("%w has the key id %q", ErrNoKey, id)
	}
	if s.Primary().ID == id {
		return Set{}, fmt.Errorf("%w: %q", ErrPrimary, id)
	}
	return Set{keys: s.others(id)}, nil
}

func (s Set) others(id string) []Key {
	return slices.DeleteFunc(slices.Clone(s.keys), func(k Key) bool { return k.ID == id })
}
