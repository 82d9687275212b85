package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/wire"
)

// measureProof compares calls with a token that is bound to a key (RFC 9449) with
// the same calls by a bearer token; and the check of a proof with that of its
// signature alone.
func measureProof(ctx context.Context, b *bench) error {
	const clients = 8
	var sites [2]*site
	for i, name := range []string{"bearer", "bound"} {
		d, err := openDatabase(ctx, b, sqlite, name)
		if err != nil {
			return err
		}
		if sites[i], err = openSite(ctx, b, d, anybody, clients); err != nil {
			return err
		}
	}
	bearer, bound := sites[0], sites[1]
	if err := bound.bind(ctx); err != nil {
		return err
	}
	// Who sends a bearer token makes a proof too, which nobody looks at: what the
	// client does for it is on both sides.
	bearer.giveKeys()
	for _, n := range []int{1, clients} {
		b.say("calls with a bound token, %s", by(n))
		found, err := comparison{n, bound.getter("/protected"), bearer.getter("/protected")}.measure(ctx)
		if err != nil {
			return err
		}
		b.rows = append(b.rows, found.row("RequireAuth bound against bearer, "+by(n)))
	}
	b.say("proofs alone")
	found, err := verifications()
	if err != nil {
		return err
	}
	rates, err := found.measure(ctx)
	if err != nil {
		return err
	}
	b.rows = append(b.rows, rates.row("a proof against its signature alone, 1 client"))
	return nil
}

// bind gives each client a key and a session that is bound to it. One after the
// other: all of them are one user, who may not try to sign in many times at once.
func (s *site) bind(ctx context.Context) error {
	s.giveKeys()
	for i := range s.users {
		_ = s.login(ctx, i) // is refused, and brings the nonce
		if err := s.login(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) giveKeys() {
	s.keys, s.nonces = make([]*dpoptest.Key, len(s.users)), make([]atomic.Value, len(s.users))
	for i := range s.keys {
		s.keys[i] = dpoptest.NewKey()
	}
}

// prove puts a proof on a request of that client, if it has a key.
func (s *site) prove(req *http.Request, i int, accessToken string) {
	if s.keys == nil || s.keys[i] == nil {
		return
	}
	claims := dpoptest.Claims{"htm": req.Method, "htu": req.URL.String()}
	if nonce, _ := s.nonces[i].Load().(string); nonce != "" {
		claims["nonce"] = nonce
	}
	if accessToken != "" {
		claims["ath"] = dpoptest.Hash(accessToken)
	}
	req.Header.Set(wire.HeaderDPoP, s.keys[i].Proof(claims))
}

// verifications compares the check of a proof with that of an ES256 signature.
func verifications() (comparison, error) {
	nonces, err := dpop.NewNonces(secret.Generate(), issuer)
	if err != nil {
		return comparison{}, err
	}
	verifier, err := dpop.New(dpop.Config{Nonces: nonces, Replays: dpop.NewMemory(0, nil)})
	if err != nil {
		return comparison{}, err
	}
	const uri, token = "https://api.example.com/orders", "header.claims.signature"
	request := dpop.Request{Method: http.MethodGet, URIs: []string{uri}, AccessToken: token}
	key := dpoptest.NewKey()
	claims := dpoptest.Claims{"htm": "GET", "htu": uri, "ath": dpoptest.Hash(token)}
	nonce := func() dpoptest.Claims {
		claims["nonce"] = verifier.Nonce()
		return claims
	}
	proof, made := key.Proof(nonce()), time.Now()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return comparison{}, err
	}
	sum := sha256.Sum256([]byte(uri))
	signature, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
	return comparison{
		clients: 1,
		ours: func(context.Context, int) error {
			if time.Since(made) > time.Minute { // before its nonce is too old
				proof, made = key.Proof(nonce()), time.Now()
			}
			_, err := verifier.Verify(proof, request)
			return err
		},
		reference: func(context.Context, int) error {
			if !ecdsa.VerifyASN1(&private.PublicKey, sum[:], signature) {
				return fmt.Errorf("the signature does not hold")
			}
			return nil
		},
	}, err
}
