package token

import (
	"slices"
	"time"
)

// chain is the stored keys, the oldest first. Its methods decide, and change
// nothing: a Keyring stores what they return.
type chain []StoredKey

// newest is the newest key that is not revoked.
func (c chain) newest() (StoredKey, bool) {
	for _, key := range slices.Backward(c) {
		if !key.revoked() {
			return key, true
		}
	}
	return StoredKey{}, false
}

// signer is the place of the key that signs at that time: the newest of those
// whose time has come, or -1.
func (c chain) signer(at time.Time) int {
	for i, key := range slices.Backward(c) {
		if !key.revoked() && !key.ActiveFrom.After(at) {
			return i
		}
	}
	return -1
}

// due tells whether a new key has to be made, so that it signs when the newest
// has signed for that long.
func (c chain) due(at time.Time, every, publish time.Duration) bool {
	newest, found := c.newest()
	return !found || !newest.ActiveFrom.Add(every-publish).After(at)
}

// revoke marks the keys with that id and forgets their private part.
func (c chain) revoke(id string, at time.Time) chain {
	after := slices.Clone(c)
	for i := range after {
		if after[i].ID == id && !after[i].revoked() {
			after[i].RevokedAt, after[i].Sealed = at, nil
		}
	}
	return after
}

// retired tells whether the key at that place has signed nothing since that time:
// a later one had begun to sign by then.
func (c chain) retired(i int, since time.Time) bool {
	return slices.ContainsFunc(c[i+1:], func(later StoredKey) bool {
		signed := !later.revoked() || later.RevokedAt.After(later.ActiveFrom)
		return signed && !later.ActiveFrom.After(since)
	})
}

// without is what is left when the oldest keys are removed that have signed
// nothing since that time. A key within the chain stays for as long as one before
// it is needed.
func (c chain) without(since time.Time) chain {
	kept := c
	for i := range c {
		if !c.retired(i, since) {
			break
		}
		kept = c[i+1:]
	}
	return kept
}
