package resource

import (
	"fmt"
	"net/url"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/internal/bound"
	"github.com/authfetch/authfetch/server/secret"
)

// DPoPConfig says how tokens are taken that are bound to a key.
type DPoPConfig struct {
	// Required refuses tokens that are bound to none. Zero: they are taken.
	Required bool
	// Origins are where browsers reach this server, like "https://orders.example.com".
	// A proof has to be for one of them. Zero: for the Host of the request; then a
	// server of somebody else to which the client sends its tokens too could pass a
	// request on to this one.
	Origins []string
	// Secrets make the nonces. Servers behind one load balancer share them, or
	// clients would be asked for another nonce with every call; they have to share
	// Replays as well. Zero: one of this process alone.
	Secrets secret.Set
	// Replays remembers used proofs. Zero: a dpop.Memory, which is enough where
	// Secrets is zero too.
	Replays dpop.Replays
}

func newGuard(config Config) (bound.Guard, error) {
	c := config.DPoP
	for _, origin := range c.Origins {
		if u, err := url.Parse(origin); err != nil || u.Hostname() == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) || (u.Scheme != "https" && u.Scheme != "http") {
			return bound.Guard{}, fmt.Errorf("%w: DPoP.Origins: %q is not an origin; write it like https://orders.example.com", ErrConfig, origin)
		}
	}
	switch {
	case c.Replays == nil && !c.Secrets.IsZero():
		return bound.Guard{}, fmt.Errorf("%w: DPoP.Replays is missing: servers that share Secrets take the proofs of each other, and have to know which were used", ErrConfig)
	case c.Replays == nil:
		c.Replays = dpop.NewMemory(0, config.Now)
	}
	if c.Secrets.IsZero() {
		c.Secrets = secret.Generate()
	}
	// Not the nonces of the issuer, should the two have the same secret.
	nonces, err := dpop.NewNonces(c.Secrets, "resource server of "+config.Issuer)
	if err != nil {
		return bound.Guard{}, fmt.Errorf("%w: DPoP.Secrets: %w", ErrConfig, err)
	}
	verifier, err := dpop.New(dpop.Config{Nonces: nonces, Replays: c.Replays, Now: config.Now})
	return bound.Guard{Verifier: verifier, Required: c.Required, Origins: c.Origins, Proxies: config.TrustedProxies}, err
}
