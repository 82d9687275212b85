package server

import (
	"context"
	"fmt"
)

// Check is something that RequireAuth and Protect ask for beyond an access token
// that is valid.
type Check int

// LiveSession asks the database whether the session of the access token still
// lives: it has not been ended or expired, and its user is not disabled. It is
// for routes where the life of an access token is too long to wait, such as
// changing an email address, and costs one read. A session that is over is
// answered as at a refresh, with 401 and its code; a database that cannot be
// reached with 503, never with 401.
const LiveSession Check = 1

// check asks for one. One that does not exist lets nobody through.
func (a *Auth) check(ctx context.Context, check Check, claims Claims) error {
	switch check {
	case LiveSession:
		return a.engine.Live(ctx, claims.SessionID)
	default:
		return fmt.Errorf("server: there is no check %d", check)
	}
}
