package rotation

import (
	"context"
	"fmt"

	"github.com/authfetch/authfetch/server/wire"
)

// SignOut ends sessions.
type SignOut struct {
	// Tokens are the refresh tokens that came along, as they came: current or
	// replaced, one or several. Those that are not ours do not matter.
	Tokens []string
	// SessionID is that of the access token that came along, whose signature
	// was checked and whose expiry need not be. Empty: none came.
	SessionID string
}

// Logout ends every session that was named and returns how many were live. None
// is no error: signing out twice is signing out. The error wraps ErrUnavailable.
func (e *Engine) Logout(ctx context.Context, out SignOut) (int, error) {
	ids := e.SessionIDs(out.Tokens)
	if out.SessionID != "" {
		ids = append(ids, out.SessionID)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return e.Revoke(ctx, Selection{IDs: ids}, wire.ReasonLogout)
}

// End ends one session of a user's, as the user asked for, and tells whether it
// was live. ErrNotFound says that it is another user's, or nobody's, and nothing
// happened; any other error wraps ErrUnavailable.
func (e *Engine) End(ctx context.Context, userID, sessionID string) (bool, error) {
	rec, _, err := e.read(ctx, sessionID)
	if err != nil {
		return false, fmt.Errorf("end a session: %w", err)
	}
	// Whose a session is never changes, so that it cannot have become another
	// user's before the next line.
	if rec.ID == "" || rec.UserID != userID {
		return false, fmt.Errorf("end a session: %w", ErrNotFound)
	}
	live, err := e.Revoke(ctx, Selection{IDs: []string{sessionID}}, wire.ReasonLogout)
	return live > 0, err
}

// Revoke ends the selected sessions, for the given reason, and returns how many
// were live. The error wraps ErrUnavailable.
func (e *Engine) Revoke(ctx context.Context, which Selection, reason wire.Reason) (int, error) {
	count, err := e.store.RevokeSessions(ctx, which, reason, e.clock())
	if err != nil {
		return 0, fmt.Errorf("revoke sessions: %w", err)
	}
	return count, nil
}

// Sessions lists the user's live sessions, the newest sign-in first. The error
// wraps ErrUnavailable.
func (e *Engine) Sessions(ctx context.Context, userID string) ([]Record, error) {
	recs, err := e.store.Sessions(ctx, userID, e.clock())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return recs, nil
}

// Live tells whether a session can still be used: nil, or a *Refusal that says
// why not, with ErrRevoked, ErrExpired or ErrUnknown. It is for routes where the
// life of an access token is too long. Any other error wraps ErrUnavailable.
func (e *Engine) Live(ctx context.Context, sessionID string) error {
	rec, now, err := e.read(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("is a session live: %w", err)
	}
	decision, over := ended(rec, now)
	if rec.ID == "" {
		decision, over = unknownSession(), true
	}
	if !over {
		return nil
	}
	event := newEvent(decision, rec, Token{SessionID: sessionID, Generation: rec.Generation}, Client{}, now)
	return &Refusal{Err: decision.Err, Reason: decision.Reason, Event: event}
}
