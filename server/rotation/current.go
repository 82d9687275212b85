package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// CurrentRotator is a Store that can take row 1 of Decide by itself, for the commonest
// of requests: where a store is far away, that is one trip to it instead of two. A
// store need not be one. Package storetest checks that it decides as Decide does.
type CurrentRotator interface {
	// RotateCurrent makes the next generation of a session whose current token that
	// is, and which is live, bound to no key and the user's; an empty userID is
	// whoever's. Otherwise it changes nothing and returns ErrConflict: what to do then
	// is decided on the record.
	RotateCurrent(ctx context.Context, token Token, userID string, next Successor) (Record, error)
}

// Successor is what RotateCurrent makes. The time of it is the store's.
type Successor struct {
	Nonce   string
	IdleTTL time.Duration // from now on, but never past the session's absolute end
	Client  Client
}

// attemptCurrent refreshes without reading the session first. It reports false where
// the store cannot do that, or where the session is not as in most cases.
func (e *Engine) attemptCurrent(ctx context.Context, presented Presented, request Request) (Grant, bool, error) {
	store, able := e.store.(CurrentRotator)
	if !able || request.Proof != nil || e.policy.Binding == BindAlways {
		return Grant{}, false, nil
	}
	userID := ""
	if presented.Access != nil {
		if userID = presented.Access.UserID; userID == "" {
			return Grant{}, false, nil // nobody's, which is not whoever's
		}
	}
	rec, err := store.RotateCurrent(ctx, presented.Token, userID,
		Successor{Nonce: newNonce(), IdleTTL: e.policy.IdleTTL, Client: request.Client})
	if errors.Is(err, ErrConflict) {
		return Grant{}, false, nil
	}
	if err != nil {
		return Grant{}, true, fmt.Errorf("refresh: %w", err)
	}
	event := newEvent(rotated, rec, presented.Token, request.Client, rec.RotatedAt)
	// It is about the generation that was presented. Who had made that was not read.
	event.Current, event.Last = presented.Token.Generation, Client{}
	event.Age = rec.RotatedAt.Sub(rec.PreviousIssuedAt)
	grant, err := e.grant(event, rec, rec.RotatedAt)
	return grant, true, err
}
