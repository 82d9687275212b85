package token

import "time"

// KeyState is what a signing key does.
type KeyState string

// The states. A key goes through the first three in this order.
const (
	KeyPublished KeyState = "published" // it is in the JWKS document and will sign
	KeySigns     KeyState = "signs"     // it signs new access tokens
	KeyVerifies  KeyState = "verifies"  // it signs no more; tokens of it are accepted
	KeyRevoked   KeyState = "revoked"   // nothing that it has signed is accepted
)

// KeyStates is what each of the stored keys does at that time, for people to look
// at.
func KeyStates(keys []StoredKey, at time.Time) []KeyState {
	signs := chain(keys).signer(at)
	states := make([]KeyState, len(keys))
	for i, key := range keys {
		switch {
		case key.revoked():
			states[i] = KeyRevoked
		case i == signs:
			states[i] = KeySigns
		case i > signs:
			states[i] = KeyPublished
		default:
			states[i] = KeyVerifies
		}
	}
	return states
}
