// Package dpop verifies proofs that a client holds a private key, RFC 9449: a
// token that is bound to the key is of no use to who has only the token.
//
//	nonces, err := dpop.NewNonces(secrets, issuer)
//	if err != nil {
//		return err
//	}
//	verifier, err := dpop.New(dpop.Config{Nonces: nonces, Replays: store})
//	if err != nil {
//		return err
//	}
//	proof, err := verifier.Verify(r.Header.Get("DPoP"), dpop.Request{Method: r.Method, URIs: []string{uri}, AccessToken: raw})
//	if err != nil {
//		return err // errors.Is(err, dpop.ErrNonce): send a DPoP-Nonce along
//	}
//	if proof.Thumbprint != claims.KeyThumbprint {
//		return errAnotherKey
//	}
//	err = verifier.Use(ctx, proof)
//
// A nonce of the server is always asked for. Whoever runs script in a page for a
// moment can have it make proofs for later, but none with a nonce that the server
// has not given out yet (section 11.2). It is the nonce that says how old a proof
// is; the client's clock may be wrong by a day.
//
// Do not use it for client authentication, and not without TLS: a proof covers
// method and address of a request, and neither its body nor its headers.
package dpop

import "errors"

// Algorithms are those that a proof may be signed with, as the parameter algs of
// a challenge has them (section 7.1): what browsers make keys for.
const Algorithms = "ES256 EdDSA"

// Errors of this package, to be told apart with errors.Is.
var (
	// ErrInvalid: no proof for this request. Every refusal of a proof wraps it; the
	// text says why, and quotes nothing of the proof.
	ErrInvalid = errors.New("invalid DPoP proof")
	// ErrNonce: nothing else is wrong than that its nonce is missing, too old, or
	// not one of this server. With a new one the client gets on.
	ErrNonce = errors.New("DPoP proof without a nonce that counts")
	// ErrUnavailable: the proof is good, and whether it was used before cannot be
	// told. It says nothing about the client.
	ErrUnavailable = errors.New("used DPoP proofs cannot be looked up")
	// ErrConfig: a Config that cannot work.
	ErrConfig = errors.New("DPoP configuration")
)
