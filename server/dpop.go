package server

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/internal/bound"
	"github.com/authfetch/authfetch/server/wire"
)

// newGuard makes nonces from the secrets, so that every node makes the same, and
// remembers used proofs in the store, so that no node takes one again.
func newGuard(config Config) (bound.Guard, error) {
	nonces, err := dpop.NewNonces(config.Secrets, config.Issuer)
	if err != nil {
		return bound.Guard{}, err
	}
	verifier, err := dpop.New(dpop.Config{Nonces: nonces, Replays: config.Store, Now: config.Now})
	return bound.Guard{
		Verifier: verifier, Required: config.DPoP.Mode == DPoPRequired,
		Origins: config.DPoP.Origins, Proxies: config.HTTP.TrustedProxies,
	}, err
}

// loginProof verifies the proof of a login; the zero Proof where none came or none
// is wanted.
func (a *Auth) loginProof(r *http.Request) (dpop.Proof, error) {
	switch mode := a.config.DPoP.Mode; {
	case mode == DPoPOff || mode == DPoPOptional && !bound.Sent(r):
		return dpop.Proof{}, nil
	default:
		return a.bound.Prove(r, "")
	}
}

// proofOf is the proof of a refresh, for the engine to ask for; nil where none came.
func (a *Auth) proofOf(w http.ResponseWriter, r *http.Request) func(context.Context) (string, error) {
	if !bound.Sent(r) {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		proof, err := a.bound.Prove(r, "")
		if err == nil {
			err = a.useProof(ctx, w, proof)
		}
		return proof.Thumbprint, err
	}
}

// useProof uses up a proof, if there is one.
func (a *Auth) useProof(ctx context.Context, w http.ResponseWriter, proof dpop.Proof) error {
	if proof.Thumbprint == "" {
		return nil
	}
	a.renewNonce(w, proof.Stale)
	return a.bound.Use(ctx, proof)
}

// hold checks that the access token of a request comes as it has to. What is wrong
// with a proof is a 401 here, with a challenge: RFC 9449 section 7.1.
func (a *Auth) hold(ctx context.Context, w http.ResponseWriter, r *http.Request, scheme, raw string, claims Claims) error {
	stale, err := a.bound.Hold(ctx, r, scheme, raw, claims.KeyThumbprint)
	if err == nil {
		a.renewNonce(w, stale)
		return nil
	}
	f := failureFor(err)
	switch {
	case errors.Is(err, bound.ErrToken) && claims.KeyThumbprint == "":
		f.scheme = a.taken(scheme)
	case errors.Is(err, bound.ErrToken):
		f.scheme = scheme
	case errors.Is(err, dpop.ErrInvalid), errors.Is(err, dpop.ErrNonce):
		f.unauthorized, f.scheme, f.challenge = true, wire.SchemeDPoP, string(f.code)
	}
	return f
}

// taken is the scheme, if access tokens are taken by it, and otherwise empty: a
// server that binds nothing names no other one than Bearer.
func (a *Auth) taken(scheme string) string {
	if !slices.Contains(a.config.DPoP.Mode.schemes(), scheme) {
		return ""
	}
	return scheme
}

// renewNonce sends the current nonce to a client whose own counts no longer than
// that, so that no call of it has to be sent twice (RFC 9449 section 8.2). Not with
// every answer: an application's answers may be cached, and an old nonce is of no
// use.
func (a *Auth) renewNonce(w http.ResponseWriter, stale bool) {
	if stale {
		w.Header().Set(wire.HeaderDPoPNonce, a.bound.Nonce())
	}
}

// offersNonce tells whether a refusal brings a nonce: where one is asked for, and
// wherever the client is about to send a proof.
func (a *Auth) offersNonce(f *failure) bool {
	switch f.code {
	case wire.UseDPoPNonce, wire.InvalidDPoPProof:
		return true
	default:
		return a.config.DPoP.Mode != DPoPOff && f.code.Status() == http.StatusUnauthorized
	}
}
