package rotation_test

import (
	"strings"
	"testing"
)

// Whoever could guess a session id and a nonce would still lack the key of the
// signature; but neither is to be guessed. Both are the 26 characters of
// crypto/rand.Text, 130 bits, and no part of them stays the same or counts.
func TestIdentifiersAreRandom(t *testing.T) {
	const sessions, length, alphabet = 400, 26, 32
	w := newWorld(t)
	ids, nonces := make(map[string]bool), make(map[string]bool)
	for range sessions {
		session := w.signIn().Session
		ids[session.ID], nonces[session.Nonce] = true, true
	}
	for name, seen := range map[string]map[string]bool{"session id": ids, "nonce": nonces} {
		if len(seen) != sessions {
			t.Errorf("%d different values of a %s in %d sessions", len(seen), name, sessions)
		}
		at := make([]map[rune]int, length)
		for value := range seen {
			if len(value) != length || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
				t.Fatalf("%s %q is not %d characters of base32", name, value, length)
			}
			for i, r := range value {
				if at[i] == nil {
					at[i] = make(map[rune]int)
				}
				at[i][r]++
			}
		}
		// 400 draws leave out three of 32 letters once in 10^12 runs of this test.
		for i, letters := range at {
			if len(letters) < alphabet-2 {
				t.Errorf("character %d of a %s takes %d of %d values", i, name, len(letters), alphabet)
			}
		}
	}
}
