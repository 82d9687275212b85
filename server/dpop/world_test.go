package dpop_test

import (
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/secret"
)

const (
	issuer  = "https://api.example.com"
	address = "https://api.example.com/orders"
	token   = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU" // of RFC 9449 section 7.1
)

// base is when the tests begin: at the beginning of a slot.
var base = time.Unix(1_800_000_000/150*150, 0)

// world is a verifier with a clock that stands still until it is moved, and a
// client with a key.
type world struct {
	*dpop.Verifier
	key     *dpoptest.Key
	secrets secret.Set

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{key: dpoptest.NewKey(), secrets: secret.Generate(), now: base}
	w.Verifier = w.verifier(t, w.secrets, issuer, dpop.NewMemory(0, w.clock))
	return w
}

// verifier is another one with the world's clock.
func (w *world) verifier(t testing.TB, secrets secret.Set, issuer string, replays dpop.Replays) *dpop.Verifier {
	t.Helper()
	nonces, err := dpop.NewNonces(secrets, issuer)
	if err != nil {
		t.Fatal(err)
	}
	v, err := dpop.New(dpop.Config{Nonces: nonces, Replays: replays, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// claims are those of a proof for the request, with changes.
func (w *world) claims(changes dpoptest.Claims) dpoptest.Claims {
	all := dpoptest.Claims{
		"jti": "-BwC3ESc6acc2lTc", "htm": "GET", "htu": address, "iat": w.clock().Unix(),
		"nonce": w.Nonce(), "ath": dpoptest.Hash(token),
	}
	for name, value := range changes {
		all[name] = value
	}
	return all
}

// request is what the proofs are for.
func request() dpop.Request {
	return dpop.Request{Method: "GET", URIs: []string{address}, AccessToken: token}
}
