package dpop

import "errors"

// VerifyWithoutNonce is Verify of a proof that names no nonce: nothing else may be
// wrong with it.
func VerifyWithoutNonce(v *Verifier, raw string, request Request) (Proof, error) {
	now := v.config.Now()
	if _, err := parse(raw, request, v.config.Nonces, now); !errors.Is(err, ErrNonce) {
		return Proof{}, err
	}
	proof, _, err := open(raw, request, now)
	return proof, err
}

// Normal is normal.
var Normal = normal
