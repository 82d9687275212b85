package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Request asks for a refresh.
type Request struct {
	// Tokens are the refresh tokens that came along, as they came: normally one.
	Tokens []string
	// Access is what the access token sent along proves, its expiry aside. Nil:
	// none was sent.
	Access *Access
	// AccessErr is set instead of Access where one was sent that is not genuine.
	// Refresh returns it as it is, when the refresh token had nothing worse.
	AccessErr error
	// Proof tells the thumbprint of the key that the client has proved to hold, or
	// "" where it sent no proof. It is called at most once, and only where that
	// matters: the tokens are genuine, the session lives, and is bound or can be.
	// Refresh returns its error as it is. Nil: no proof was sent.
	Proof  func(ctx context.Context) (thumbprint string, err error)
	Client Client
}

// maxAttempts bounds how often a decision is made anew because the session had
// changed meanwhile. Each time somebody else has got on, so that a few suffice.
const maxAttempts = 16

// Refresh answers a presented refresh token with the current one of its session.
// The error wraps ErrMissing, ErrAmbiguous, ErrMalformed, Request.AccessErr,
// ErrUnavailable, Request.Proof's, or is a *Refusal. In that order too, but for
// refusals of sessions that are over, which come before a proof: no database is
// asked before the tokens proved genuine. Where a decision was made, the Grant or the
// Refusal has the Event that reports it.
func (e *Engine) Refresh(ctx context.Context, request Request) (Grant, error) {
	token, err := e.choose(ctx, request.Tokens)
	if err != nil {
		return Grant{}, err
	}
	if request.AccessErr != nil {
		return Grant{}, request.AccessErr
	}
	presented := Presented{Token: token, Access: request.Access}
	request.Client = request.Client.Trimmed()
	if grant, done, err := e.attemptCurrent(ctx, presented, request); done {
		return grant, err
	}
	for range maxAttempts {
		grant, err := e.attempt(ctx, &presented, &request)
		if !errors.Is(err, ErrConflict) {
			return grant, err
		}
	}
	return Grant{}, fmt.Errorf("refresh: %w: the session keeps changing", ErrUnavailable)
}

// attempt reads, decides, and applies what was decided. ErrConflict means that
// somebody else was faster, and the decision has to be made anew. A proof is asked
// for in the first attempt that needs it, and then known.
func (e *Engine) attempt(ctx context.Context, presented *Presented, request *Request) (Grant, error) {
	rec, now, err := e.read(ctx, presented.Token.SessionID)
	if err != nil {
		return Grant{}, fmt.Errorf("refresh: %w", err)
	}
	if prove := request.Proof; prove != nil && e.wantsProof(rec, now) {
		request.Proof = nil
		if presented.KeyThumbprint, err = prove(ctx); err != nil {
			return Grant{}, err
		}
	}
	decision := Decide(rec, *presented, now, e.policy)
	after := rec
	if change := decision.Change; change.Kind != 0 {
		if change.Kind == Rotate {
			change.Nonce, change.Client = newNonce(), request.Client
		}
		after, err = e.store.ChangeSession(ctx, rec.ID, rec.Generation, rec.Nonce, change)
		if err != nil {
			return Grant{}, fmt.Errorf("refresh: %w", err)
		}
	}
	event := newEvent(decision, rec, presented.Token, request.Client, now)
	if decision.Err != nil {
		return Grant{}, &Refusal{Err: decision.Err, Reason: decision.Reason, Event: event}
	}
	return e.grant(event, after, now)
}

// wantsProof tells whether a decision depends on a proof.
func (e *Engine) wantsProof(rec Record, now time.Time) bool {
	return rec.Live(now) && (rec.KeyThumbprint != "" || e.policy.Binding != BindNone)
}

// choose picks the token that counts. Several come when cookies of one name are
// set for several paths, or while a deployment changes its cookie.
func (e *Engine) choose(ctx context.Context, raw []string) (Token, error) {
	if len(raw) == 0 {
		return Token{}, ErrMissing
	}
	tokens := e.newestPerSession(raw)
	switch len(tokens) {
	case 0:
		return Token{}, ErrMalformed
	case 1:
		return tokens[0], nil
	}
	var live []Token
	for _, token := range tokens {
		rec, now, err := e.read(ctx, token.SessionID)
		if err != nil {
			return Token{}, fmt.Errorf("refresh: %w", err)
		}
		if rec.Live(now) {
			live = append(live, token)
		}
	}
	switch len(live) {
	case 0:
		return tokens[0], nil // the one that the browser thinks fits best
	case 1:
		return live[0], nil
	default:
		return Token{}, ErrAmbiguous
	}
}

// newestPerSession keeps of each session the newest token, in the order in which
// the sessions came.
func (e *Engine) newestPerSession(raw []string) []Token {
	var tokens []Token
next:
	for _, r := range raw {
		token, err := e.tokens.parse(r)
		if err != nil {
			continue
		}
		for i := range tokens {
			if tokens[i].SessionID == token.SessionID {
				if token.Generation > tokens[i].Generation {
					tokens[i] = token
				}
				continue next
			}
		}
		tokens = append(tokens, token)
	}
	return tokens
}
