package sessiontest

import (
	"sync"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Call is one request to a [Backend]. It implements [session.Call].
type Call struct {
	Backend *Backend
	// OneShot: the body is a stream that cannot be sent twice.
	OneShot bool
	// Answer, where set, replaces the API's own answer to the n-th send,
	// counted from 1. It may block.
	Answer func(n int, t session.AccessToken) (session.Answer, error)

	mu     sync.Mutex
	sent   []session.AccessToken
	status int
}

var _ session.Call = (*Call)(nil)

// Send asks the API.
func (c *Call) Send(t session.AccessToken) (session.Answer, error) {
	c.mu.Lock()
	c.sent = append(c.sent, t)
	n := len(c.sent)
	c.mu.Unlock()
	answer, err := c.answer(n, t)
	if err != nil {
		return session.Answer{}, err
	}
	c.mu.Lock()
	c.status = answer.Status
	c.mu.Unlock()
	return answer, nil
}

func (c *Call) answer(n int, t session.AccessToken) (session.Answer, error) {
	switch {
	case c.Answer != nil:
		return c.Answer(n, t)
	case c.Backend.wantsNonce():
		return NonceWanted, nil
	case t == "":
		return session.Answer{Status: 401, Challenge: wire.SchemeBearer}, nil
	case !c.Backend.Accepts(t):
		return Refusal, nil
	default:
		return session.Answer{Status: 200}, nil
	}
}

// Refusal is the API's answer to a bad token, RFC 6750 section 3.1.
var Refusal = session.Answer{Status: 401, Challenge: `Bearer error="invalid_token"`}

// NonceWanted is its answer to a proof without the nonce of now, RFC 9449 section 9.
var NonceWanted = session.Answer{Status: 401, Challenge: `DPoP error="use_dpop_nonce", algs="ES256"`}

// Replayable is false for a call with a one-shot body.
func (c *Call) Replayable() bool { return !c.OneShot }

// Label names the call.
func (c *Call) Label() string { return "GET /" }

// Sent lists the tokens that the call was sent with, in order.
func (c *Call) Sent() []session.AccessToken {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]session.AccessToken(nil), c.sent...)
}

// Status is that of the last answer.
func (c *Call) Status() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}
