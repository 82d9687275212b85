// Package bound holds requests to the key that a token is bound to, RFC 9449, for
// all that protects a route or gives out tokens. Package dpop knows what a proof
// is; this one, where it is in a request and what the request is.
//
//	stale, err := guard.Hold(ctx, r, scheme, raw, claims.KeyThumbprint)
//
// It verifies no access token: that is for package token, before.
package bound

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/internal/proxied"
	"github.com/authfetch/authfetch/server/wire"
)

// ErrToken: the access token is good, and cannot be used in this way. The text says
// why, for a log.
var ErrToken = errors.New("access token used in another way than it is bound")

// Guard is what requests are held to. It is safe for concurrent use.
type Guard struct {
	*dpop.Verifier
	Required bool           // a token that is bound to no key is refused
	Origins  []string       // where browsers reach this server; empty: wherever the request says
	Proxies  []netip.Prefix // whose X-Forwarded-Proto is believed
}

// Sent tells whether a request has a proof, or what is meant for one.
func Sent(r *http.Request) bool { return len(r.Header.Values(wire.HeaderDPoP)) > 0 }

// Prove verifies the proof of a request, with the hash of the access token where
// one is given. It is for Use afterwards. The errors are those of dpop.
func (g Guard) Prove(r *http.Request, accessToken string) (dpop.Proof, error) {
	lines := r.Header.Values(wire.HeaderDPoP)
	switch len(lines) {
	case 0:
		return dpop.Proof{}, fmt.Errorf("%w: none came", dpop.ErrInvalid)
	case 1:
	default: // RFC 9449 section 4.3, check 1
		return dpop.Proof{}, fmt.Errorf("%w: more than one came", dpop.ErrInvalid)
	}
	return g.Verify(lines[0], dpop.Request{Method: r.Method, URIs: g.addresses(r), AccessToken: accessToken})
}

// Hold checks that an access token comes as it has to, RFC 9449 sections 7.1 and
// 7.2: a bound one by the scheme DPoP and with a proof of its key, any other one as
// Bearer. The thumbprint is that of the token's cnf.jkt, or empty. It reports
// whether a new nonce has to be sent. The error wraps ErrToken, or is one of dpop.
func (g Guard) Hold(ctx context.Context, r *http.Request, scheme, raw, thumbprint string) (stale bool, err error) {
	switch {
	case thumbprint == "" && g.Required:
		return false, fmt.Errorf("%w: it is bound to no key, and has to be", ErrToken)
	case thumbprint == "" && scheme == wire.SchemeBearer:
		return false, nil
	case thumbprint == "":
		return false, fmt.Errorf("%w: it is bound to no key, and came as %s", ErrToken, wire.SchemeDPoP)
	case scheme != wire.SchemeDPoP:
		return false, fmt.Errorf("%w: it is bound to a key, and came as %s", ErrToken, wire.SchemeBearer)
	}
	proof, err := g.Prove(r, raw)
	if err != nil {
		return false, err
	}
	if subtle.ConstantTimeCompare([]byte(proof.Thumbprint), []byte(thumbprint)) != 1 { // check 12b
		return false, fmt.Errorf("%w: the proof is of another key", ErrToken)
	}
	return proof.Stale, g.Use(ctx, proof)
}

// addresses are those that a proof may be for. The Host header is the sender's
// word: another server that the client talks to could pass on, as its own, what was
// meant for itself. Where that matters there are Origins.
func (g Guard) addresses(r *http.Request) []string {
	origins := g.Origins
	if len(origins) == 0 {
		origin := "http://" + r.Host
		if proxied.Secure(r, g.Proxies) {
			origin = "https://" + r.Host
		}
		origins = []string{origin}
	}
	path := sentPath(r)
	addresses := make([]string, len(origins))
	for i, origin := range origins {
		addresses[i] = origin + path
	}
	return addresses
}

// sentPath is the path as it was sent: a handler on the way here may have cut off
// a prefix of r.URL.
func sentPath(r *http.Request) string {
	sent, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(sent, "/") {
		return sent
	}
	if u, err := url.Parse(sent); err == nil && u.Host != "" { // RFC 9112 section 3.2.2
		return u.EscapedPath()
	}
	return r.URL.EscapedPath()
}
