// Package sessiontest has what the tests of the core run against: an API with
// its auth server, and clocks that can be set. All of it lives in the bubble of
// testing/synctest, so that a lost answer or a minute's wait costs no time.
package sessiontest

import (
	"strconv"
	"sync"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Backend is an API that knows bearer tokens, and the auth server that issues
// them to one browser. It implements [session.Server].
type Backend struct {
	// Life is how long an access token lives. Set it before the first login.
	Life time.Duration
	// OnRefresh, where set, is asked before a refresh is answered; its error
	// is the answer. It may block.
	OnRefresh func(old session.AccessToken) error
	// OnLogin, where set, is asked before a login is answered. It may block.
	OnLogin func()
	// OnEnd, where set, is asked before further sessions end. It may block.
	OnEnd func()
	// OnLogout, where set, is asked before a logout is answered; its error is the
	// answer. It may block.
	OnLogout func() error
	// Opaque leaves the lifetime and the claims out of every grant.
	Opaque bool

	mu        sync.Mutex
	nonces    int // requests that it will refuse for want of a nonce
	logins    int
	cookie    bool   // the browser has a live refresh cookie
	user      string // whose it is
	issued    int
	valid     map[session.AccessToken]time.Time
	refreshes int
	logouts   int
	others    int // further sessions of the user
	parallel  int // refreshes being answered right now
	mostInAir int
}

var _ session.Server = (*Backend)(nil)

// Login accepts a user's name as credentials.
func (b *Backend) Login(credentials any) (session.Grant, error) {
	if b.OnLogin != nil {
		b.OnLogin()
	}
	b.mu.Lock()
	b.logins++
	b.mu.Unlock()
	if b.wantsNonce() {
		return session.Grant{}, &session.Error{Code: wire.UseDPoPNonce, Status: 400}
	}
	user, ok := credentials.(string)
	if !ok || user == "" {
		return session.Grant{}, &session.Error{Code: wire.InvalidCredentials, Status: 401}
	}
	return b.SignIn(user), nil
}

// SignIn gives the browser a session as another tab would.
func (b *Backend) SignIn(user string) session.Grant {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cookie, b.user = true, user
	return b.issue()
}

// Refresh answers as the auth server does for the browser's cookie.
func (b *Backend) Refresh(old session.AccessToken) (session.Grant, error) {
	b.mu.Lock()
	b.refreshes++
	b.parallel++
	b.mostInAir = max(b.mostInAir, b.parallel)
	hook := b.OnRefresh
	b.mu.Unlock()

	var err error
	if hook != nil {
		err = hook(old)
	}
	if err == nil && b.wantsNonce() {
		err = &session.Error{Code: wire.UseDPoPNonce, Status: 400}
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.parallel--
	switch {
	case err != nil:
		return session.Grant{}, err
	case !b.cookie:
		return session.Grant{}, &session.Error{Code: wire.SessionRevoked, Status: 401}
	}
	return b.issue(), nil
}

// Logout ends the session.
func (b *Backend) Logout(session.AccessToken) error {
	if b.OnLogout != nil {
		if err := b.OnLogout(); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.logouts++
	b.cookie = false
	return nil
}

// End ends further sessions.
func (b *Backend) End(t session.AccessToken, scope session.Scope) (session.Answer, error) {
	if b.OnEnd != nil {
		b.OnEnd()
	}
	if b.wantsNonce() {
		return NonceWanted, nil
	}
	if !b.Accepts(t) {
		return Refusal, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.others = 0
	if scope == session.AllSessions {
		b.cookie = false
	}
	return session.Answer{Status: 204}, nil
}

// SignInElsewhere gives the user one more session, in another browser.
func (b *Backend) SignInElsewhere() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.others++
}

// Elsewhere is how many sessions the user has in other browsers.
func (b *Backend) Elsewhere() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.others
}

// Revoke ends the session as the server would on its own.
func (b *Backend) Revoke() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cookie = false
	clear(b.valid)
}

// ExpireTokens makes every access token issued so far worthless to the API,
// whatever the page believes.
func (b *Backend) ExpireTokens() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.valid)
}

// WantNonce has the next n requests refused because their proofs lack a nonce, RFC
// 9449 section 8: in life the first refusal brings it, and one is enough.
func (b *Backend) WantNonce(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nonces = n
}

func (b *Backend) wantsNonce() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.nonces == 0 {
		return false
	}
	b.nonces--
	return true
}

// Logins is how many logins were asked for.
func (b *Backend) Logins() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logins
}

// Refreshes is how many refreshes were asked for.
func (b *Backend) Refreshes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refreshes
}

// MostInAir is how many refreshes were ever under way at once.
func (b *Backend) MostInAir() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mostInAir
}

// Logouts is how many logouts arrived.
func (b *Backend) Logouts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logouts
}

// Owner is whose session the browser's cookie is of; empty: of nobody's.
func (b *Backend) Owner() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.cookie {
		return ""
	}
	return b.user
}

// Accepts reports whether the API would take the token now.
func (b *Backend) Accepts(t session.AccessToken) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, ok := b.valid[t]
	return ok && time.Now().Before(until)
}

func (b *Backend) issue() session.Grant {
	b.issued++
	value := session.AccessToken(b.user + "-" + strconv.Itoa(b.issued))
	if b.valid == nil {
		b.valid = map[session.AccessToken]time.Time{}
	}
	b.valid[value] = time.Now().Add(b.Life)
	if b.Opaque {
		return session.Grant{AccessToken: value}
	}
	return session.Grant{
		AccessToken: value,
		Life:        session.Span(b.Life),
		Claims:      session.Claims{Subject: b.user, ExpiresAt: Wall(b.valid[value])},
	}
}
