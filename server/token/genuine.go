package token

import (
	"crypto"
	"crypto/sha256"
	"slices"
	"sync"
)

// genuine remembers access tokens whose signature was good: a page sends the same
// one with every call for minutes, and checking a signature takes most of the time
// that a protected route takes.
//
// It is a fact that no time changes: this key has signed this text. All that does
// change is looked at for every request: whether the key is still one of the
// issuer's, and whether the claims hold now. What was refused is not remembered,
// so that strangers cannot fill it. It is safe for concurrent use.
type genuine struct {
	mu         sync.Mutex
	young, old map[digest]signed
}

// digest stands for a token, so that no token is kept.
type digest [sha256.Size]byte

// signed is what a key has signed.
type signed struct {
	key     PublicKey
	payload *payload // never changes, and is nobody else's: see clone
}

const (
	// genuineTokens are remembered at least, the last ones; twice as many at most.
	genuineTokens = 4096
	// genuineSize is the longest token that is remembered, in bytes. Longer ones
	// are verified each time.
	genuineSize = 2 << 10
)

// recall finds a token that was remembered. The key is that of then.
func (g *genuine) recall(raw string) (signed, bool) {
	if len(raw) > genuineSize {
		return signed{}, false
	}
	found, ok := g.find(sha256.Sum256([]byte(raw)))
	if ok {
		found.payload = found.payload.clone()
	}
	return found, ok
}

func (g *genuine) find(name digest) (signed, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, ok := g.young[name]
	if !ok {
		if found, ok = g.old[name]; ok {
			g.keep(name, found) // it is in use
		}
	}
	return found, ok
}

func (g *genuine) remember(raw string, key PublicKey, p *payload) {
	if len(raw) > genuineSize {
		return
	}
	name, copied := sha256.Sum256([]byte(raw)), p.clone()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keep(name, signed{key, copied})
}

// keep is called with the lock held.
func (g *genuine) keep(name digest, s signed) {
	if g.young == nil || len(g.young) >= genuineTokens {
		g.old, g.young = g.young, make(map[digest]signed)
	}
	g.young[name] = s
}

// same tells whether it is the same key, and not another one under its id.
func (k PublicKey) same(other PublicKey) bool {
	key, ok := k.Key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Algorithm == other.Algorithm && key.Equal(other.Key)
}

// clone copies what a caller of Verify could change.
func (p *payload) clone() *payload {
	c := *p
	c.Audience = slices.Clone(p.Audience)
	c.extra, _ = cloneJSON(p.extra).(map[string]any)
	return &c
}

// cloneJSON copies what encoding/json has decoded.
func cloneJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		c := make(map[string]any, len(value))
		for name, member := range value {
			c[name] = cloneJSON(member)
		}
		return c
	case []any:
		c := make([]any, len(value))
		for i, element := range value {
			c[i] = cloneJSON(element)
		}
		return c
	default:
		return value
	}
}
