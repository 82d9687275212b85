//go:build !js

package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
)

// A backend is one that knows nothing of authfetch. Its sessions are as simple as
// such backends have them: a refresh token is good for one refresh, without a grace
// for a lost answer.
type backend struct {
	shape

	mu       sync.Mutex
	ahead    time.Duration        // how far its clock has been moved
	sessions map[string]bool      // live refresh tokens
	access   map[string]time.Time // access tokens, and when they expire
}

func newBackend(s shape) *backend {
	return &backend{shape: s, sessions: map[string]bool{}, access: map[string]time.Time{}}
}

// mount serves the backend's paths in mux, through wrap.
func (b *backend) mount(mux *http.ServeMux, wrap func(http.Handler) http.Handler) {
	for _, route := range []struct {
		route
		handler http.HandlerFunc
		filter  bool
	}{
		{b.login, b.signIn, false},
		{b.refresh, b.renew, b.filter},
		{b.logout, b.signOut, b.filter},
		{b.me, b.user, true},
	} {
		mux.Handle(route.path, wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method != route.method:
				w.WriteHeader(http.StatusMethodNotAllowed)
			case route.filter && !b.admits(r):
				b.refused.send(w)
			default:
				route.handler(w, r)
			}
		})))
	}
}

// admits reports whether a request has no access token or a good one.
func (b *backend) admits(r *http.Request) bool {
	token := r.Header.Get("Authorization")
	b.mu.Lock()
	defer b.mu.Unlock()
	return token == "" || b.now().Before(b.access[token])
}

func (b *backend) signIn(w http.ResponseWriter, r *http.Request) {
	var credentials struct{ Email, Password string }
	if json.NewDecoder(r.Body).Decode(&credentials) != nil ||
		credentials.Email != servertest.Email || credentials.Password != servertest.Password {
		b.wrong.send(w)
		return
	}
	b.issue(w)
}

func (b *backend) renew(w http.ResponseWriter, r *http.Request) {
	if !b.end(r) {
		b.over.send(w)
		return
	}
	b.issue(w)
}

func (b *backend) signOut(w http.ResponseWriter, r *http.Request) {
	b.end(r)
	b.setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
}

func (b *backend) user(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" {
		b.refused.send(w)
		return
	}
	response{status: http.StatusOK, body: map[string]string{"email": servertest.Email}}.send(w)
}

// issue starts a session, or continues one.
func (b *backend) issue(w http.ResponseWriter) {
	b.mu.Lock()
	refresh, expiry := rand.Text(), b.now().Add(5*time.Minute)
	token := b.token(expiry)
	b.sessions[refresh] = true
	b.access["Bearer "+token] = expiry
	b.mu.Unlock()
	b.setCookie(w, refresh, 0)
	response{status: http.StatusOK, body: b.grant(token)}.send(w)
}

// end takes the request's refresh token out of use, and reports whether it was good.
func (b *backend) end(r *http.Request) bool {
	cookie, err := r.Cookie(b.cookie)
	if err != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	live := b.sessions[cookie.Value]
	delete(b.sessions, cookie.Value)
	return live
}

// setCookie sets one that is not Secure, as in development: WebKit takes no other
// kind without TLS.
func (b *backend) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: b.cookie, Value: value, MaxAge: maxAge, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// revoke ends every session, as an operator would.
func (b *backend) revoke() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.sessions)
}

func (b *backend) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

// now is the time by the backend's clock. With the lock held.
func (b *backend) now() time.Time { return time.Now().Add(b.ahead) }
