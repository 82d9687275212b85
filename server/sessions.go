package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// listSessions answers with the user's live sessions.
func (a *Auth) listSessions(c echo.Context) error {
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	claims, _ := ClaimsFrom(c) // authorized has run
	recs, err := a.engine.Sessions(ctx, claims.UserID)
	if err != nil {
		return err
	}
	list := wire.Sessions{Sessions: make([]wire.Session, 0, len(recs))}
	for _, rec := range recs {
		list.Sessions = append(list.Sessions, wire.Session{
			ID:        rec.ID,
			CreatedAt: rec.CreatedAt.UTC().Format(time.RFC3339), LastUsedAt: rec.LastUsedAt().UTC().Format(time.RFC3339),
			UserAgent: rec.Client.UserAgent, Address: rec.Client.Address,
			Current: rec.ID == claims.SessionID,
		})
	}
	return c.JSON(http.StatusOK, list)
}

// endSession ends one of the user's sessions. That of somebody else is not found,
// like one that there is not: which of the two is nobody's business.
func (a *Auth) endSession(c echo.Context, event *Event) (answer func() error, err error) {
	claims, err := a.holder(c, event)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	id := c.Param("id")
	live, err := a.engine.End(ctx, claims.UserID, id)
	switch {
	case errors.Is(err, rotation.ErrNotFound):
		return nil, refuse(wire.NotFound, "you have no session with this id; GET "+a.config.HTTP.Prefix+wire.PathSessions+" lists yours")
	case err != nil:
		return nil, err
	}
	event.SessionID = id
	if live {
		event.ended(1, wire.ReasonLogout)
	}
	return a.sessionsEnded(ctx, c, id == claims.SessionID)
}

// endSessions ends the user's other sessions, or all of them.
func (a *Auth) endSessions(c echo.Context, event *Event) (answer func() error, err error) {
	claims, err := a.holder(c, event)
	if err != nil {
		return nil, err
	}
	all, f := scopeAll(c.Request())
	if f != nil {
		return nil, f
	}
	which := rotation.Selection{UserID: claims.UserID, Except: claims.SessionID}
	if all {
		which.Except = ""
	}
	ctx, cancel := a.databaseContext(c.Request())
	defer cancel()
	count, err := a.engine.Revoke(ctx, which, wire.ReasonLogout)
	if err != nil {
		return nil, err
	}
	event.ended(count, wire.ReasonLogout)
	return a.sessionsEnded(ctx, c, all)
}

// holder is who holds the access token of a request that ends sessions. A session
// that is over itself ends no others: its access token may be a thief's.
func (a *Auth) holder(c echo.Context, event *Event) (Claims, error) {
	r, err := a.authorize(c.Response(), c.Request(), []Check{LiveSession})
	if err != nil {
		return Claims{}, err
	}
	claims, _ := ClaimsFromContext(r.Context())
	event.UserID, event.SessionID = claims.UserID, claims.SessionID
	return claims, nil
}

// sessionsEnded is the answer. Whoever has ended their own session loses the
// cookie too, unless it is of another session that lives: somebody else has
// signed in meanwhile, in another tab.
func (a *Auth) sessionsEnded(ctx context.Context, c echo.Context, current bool) (func() error, error) {
	if current {
		for _, id := range a.engine.SessionIDs(a.cookie.read(c.Request().Header)) {
			err := a.engine.Live(ctx, id)
			if _, over := errors.AsType[*rotation.Refusal](err); over {
				continue
			}
			if err != nil {
				return nil, err
			}
			current = false
		}
	}
	return func() error {
		if current {
			a.cookie.remove(c.Response().Header())
		}
		return c.NoContent(http.StatusNoContent)
	}, nil
}

// scopeAll reads the query of DELETE /auth/sessions. A word that we do not know
// may have been meant to end more, or fewer: nothing is ended then.
func scopeAll(r *http.Request) (bool, *failure) {
	query, err := url.ParseQuery(r.URL.RawQuery) // URL.Query drops what it cannot read
	values, given := query[wire.QueryScope]
	switch {
	case err != nil:
		return false, &failure{code: wire.InvalidRequest, detail: fmt.Sprintf("the query cannot be read; leave it out to end the other sessions, or write %s=%s to end all", wire.QueryScope, wire.ScopeAll), cause: err}
	case !given:
		return false, nil
	case slices.Equal(values, []string{wire.ScopeAll}):
		return true, nil
	default:
		return false, refuse(wire.InvalidRequest, fmt.Sprintf("the scope is not known; leave %q out to end the other sessions, or write %s=%s to end all", wire.QueryScope, wire.QueryScope, wire.ScopeAll))
	}
}

// EndSessions ends the user's sessions but for the one excepted, empty for none,
// and returns how many were live. It is for applications with users of their own,
// when one changes the password or is disabled; clients are told the reason. A login
// that is under way is not among them, see Config.Authenticate. Their access tokens
// live to their own end, except where LiveSession is asked for. The error is about
// the arguments or wraps rotation.ErrUnavailable.
func (a *Auth) EndSessions(ctx context.Context, userID, except string, reason wire.Reason) (int, error) {
	if userID == "" {
		return 0, errors.New("server: end sessions: whose is not said: the user id is empty")
	}
	if !slices.Contains(wire.Reasons(), reason) {
		return 0, fmt.Errorf("server: end sessions: no reason is called %q; use one of package wire", reason)
	}
	start := a.config.Now()
	count, err := a.engine.Revoke(ctx, rotation.Selection{UserID: userID, Except: except}, reason)
	if err != nil {
		return 0, fmt.Errorf("server: end sessions: %w", err)
	}
	event := Event{Type: EventSessionsEnded, UserID: userID, Time: a.config.Now()}
	event.Took = event.Time.Sub(start)
	event.ended(count, reason)
	a.observe(ctx, event)
	return count, nil
}
