package dpop

import (
	"context"
	"fmt"
	"time"
)

// Config is what a Verifier works with.
type Config struct {
	// Nonces are those that proofs have to name. Required.
	Nonces *Nonces
	// Replays remembers which proofs were used. Servers that share their nonces
	// have to share it. Required.
	Replays Replays
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Verifier verifies proofs. It is safe for concurrent use.
type Verifier struct{ config Config }

// New checks the configuration; the error wraps ErrConfig and names the field.
func New(config Config) (*Verifier, error) {
	switch {
	case config.Nonces == nil:
		return nil, fmt.Errorf("%w: Nonces is missing", ErrConfig)
	case config.Replays == nil:
		return nil, fmt.Errorf("%w: Replays is missing", ErrConfig)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Verifier{config}, nil
}

// Nonce is what DPoP-Nonce has to say now.
func (v *Verifier) Nonce() string { return v.config.Nonces.At(v.config.Now()) }

// Verify checks a proof as RFC 9449 section 4.3 says, but for two things. That the
// request has one DPoP header is for the caller to see (check 1), and so is that
// the key is the one to which the token is bound (check 12b), by the thumbprint.
// Nothing is stored: call Use when all that is about the request has been checked.
// The error wraps ErrInvalid, or is ErrNonce.
func (v *Verifier) Verify(raw string, request Request) (Proof, error) {
	return parse(raw, request, v.config.Nonces, v.config.Now())
}

// Use uses a proof, once (section 11.1). The error wraps ErrInvalid where it was
// used before, and ErrUnavailable where that cannot be told.
func (v *Verifier) Use(ctx context.Context, proof Proof) error {
	first, err := v.config.Replays.UseProof(ctx, proof.id, proof.until)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if !first {
		return fmt.Errorf("%w: used before", ErrInvalid)
	}
	return nil
}

// Forget removes from the Replays what no server takes any more, and returns how
// many proofs those were. Call it now and then, hourly say. The error wraps
// ErrUnavailable.
func (v *Verifier) Forget(ctx context.Context) (int, error) {
	count, err := v.config.Replays.ForgetProofs(ctx, v.config.Now())
	if err != nil {
		return count, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return count, nil
}
