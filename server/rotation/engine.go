package rotation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// Config is what an Engine is made of.
type Config struct {
	// Issuer is the server's name. Refresh tokens of another issuer are not
	// recognised, even with the same secret. Required.
	Issuer string
	// Secrets sign the refresh tokens. Required.
	Secrets secret.Set
	// Store keeps the sessions. Required.
	Store Store
	// Policy holds times and numbers. Zero fields: the defaults named there.
	Policy Policy
	// Now is the clock, unless the store has its own. Zero: time.Now.
	Now func() time.Time
}

// Engine issues and rotates refresh tokens. It is safe for concurrent use, and
// any number of engines may share a store: it keeps no state of its own.
type Engine struct {
	store  Store
	tokens *minter
	policy Policy
	now    func() time.Time
}

// New checks the configuration; the error wraps ErrConfig and names the field.
func New(config Config) (*Engine, error) {
	switch {
	case config.Issuer == "":
		return nil, fmt.Errorf("%w: Issuer is missing", ErrConfig)
	case config.Secrets.IsZero():
		return nil, fmt.Errorf("%w: Secrets is empty", ErrConfig)
	case config.Store == nil:
		return nil, fmt.Errorf("%w: Store is missing", ErrConfig)
	}
	policy, err := config.Policy.WithDefaults()
	if err != nil {
		return nil, err
	}
	tokens, err := newMinter(config.Secrets, config.Issuer)
	if err != nil {
		return nil, err
	}
	engine := &Engine{store: config.Store, tokens: tokens, policy: policy, now: config.Now}
	if engine.now == nil {
		engine.now = time.Now
	}
	return engine, nil
}

// Grant is a refresh token that goes to the client.
type Grant struct {
	Outcome      Outcome // Begun, Rotated, Forwarded, Replayed or Recovered
	Session      Record  // as it is now; mint the access token from it
	RefreshToken secret.String
	MaxAge       time.Duration // how long the token can be used at most, in whole seconds: the cookie's Max-Age
	Event        Event         // the same for an operator
	Replaced     int           // how many live sessions a sign-in ended
}

// SignIn begins a session.
type SignIn struct {
	UserID string
	// Replaces are the refresh tokens that the browser had until now, as they
	// came. Their sessions end. Those that are not ours do not matter.
	Replaces []string
	// KeyThumbprint is of the key that the client has proved to hold: the session is
	// bound to it. Empty: the session is not bound.
	KeyThumbprint string
	Client        Client
}

// Begin starts a session for a user who has just proved who they are, and ends
// those that it replaces in the same step. The error is ErrDisabled or wraps
// ErrUnavailable.
func (e *Engine) Begin(ctx context.Context, in SignIn) (Grant, error) {
	now, client := e.clock(), in.Client.Trimmed()
	absolute := now.Add(e.policy.AbsoluteTTL)
	rec, replaced, err := e.store.CreateSession(ctx, Record{
		ID: rand.Text(), UserID: in.UserID, Nonce: newNonce(),
		CreatedAt: now, RotatedAt: now,
		IdleExpiresAt: e.policy.idleEnd(now, absolute), ExpiresAt: absolute,
		KeyThumbprint: in.KeyThumbprint,
		Client:        client,
	}, e.SessionIDs(in.Replaces))
	if err != nil {
		return Grant{}, fmt.Errorf("begin a session: %w", err)
	}
	event := newEvent(Decision{Outcome: Begun, Why: "signed in"}, rec, Token{SessionID: rec.ID}, client, rec.CreatedAt)
	grant, err := e.grant(event, rec, rec.CreatedAt)
	grant.Replaced = replaced
	return grant, err
}

// Seen notes that an access token of that session and generation reached the
// server: its client has the current refresh token, and the one before it is of
// no use to anybody honest. A session that is elsewhere by now, revoked or gone is
// no error; any error wraps ErrUnavailable. Each call that finds no mark writes,
// so a caller that remembers what it has reported saves the database work.
func (e *Engine) Seen(ctx context.Context, sessionID string, generation int64) error {
	if generation == 0 {
		return nil // there is no token before the first
	}
	rec, at, err := e.read(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("note a session as seen: %w", err)
	}
	if rec.Generation != generation || !rec.SeenAt.IsZero() || !rec.RevokedAt.IsZero() {
		return nil
	}
	_, err = e.store.ChangeSession(ctx, rec.ID, rec.Generation, rec.Nonce, Change{Kind: See, At: at})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("note a session as seen: %w", err)
	}
	return nil
}

// clock is the engine's time, as precise as every store keeps it: what is decided
// now and what is read back later must not differ by a fraction.
func (e *Engine) clock() time.Time { return e.now().UTC().Truncate(time.Millisecond) }

// read is Session, with the zero Record for one that does not exist, and with
// the time that counts.
func (e *Engine) read(ctx context.Context, id string) (Record, time.Time, error) {
	rec, now, err := e.store.Session(ctx, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Record{}, time.Time{}, err
	}
	if now.IsZero() {
		now = e.clock()
	}
	return rec, now, nil
}

// SessionIDs are the sessions of those refresh tokens that are ours, current or
// not, in the order in which they came. The store is not asked.
func (e *Engine) SessionIDs(raw []string) []string {
	var ids []string
	for _, r := range raw {
		if token, err := e.tokens.parse(r); err == nil {
			ids = append(ids, token.SessionID)
		}
	}
	return ids
}

func (e *Engine) grant(event Event, rec Record, now time.Time) (Grant, error) {
	token, err := e.tokens.mint(rec)
	if err != nil {
		return Grant{}, err
	}
	return Grant{
		Outcome: event.Outcome, Session: rec, RefreshToken: token,
		MaxAge: rec.Remaining(now).Truncate(time.Second), Event: event,
	}, nil
}
