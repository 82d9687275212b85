package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/wire"
)

const (
	email    = "user@example.com"
	password = "correct horse battery staple"
)

// site is a server on the loopback interface, and the clients that talk to it.
type site struct {
	*database
	url   string
	http  *httptest.Server
	users []session

	keys   []*dpoptest.Key // by client; nil: they prove nothing
	nonces []atomic.Value  // the last that each was given
}

// session is what a client has.
type session struct{ scheme, access, cookie string }

// authenticate is server.Config.Authenticate.
type authenticate func(ctx context.Context, email, password string) (server.User, error)

// anybody lets everybody in, where the password is not what is measured.
func anybody(_ context.Context, email, _ string) (server.User, error) {
	return server.User{ID: email}, nil
}

// openSite starts a server with that many clients, who are signed in, until the end
// of the subject.
func openSite(ctx context.Context, b *bench, d *database, check authenticate, clients int) (*site, error) {
	auth, err := server.New(server.Config{
		Issuer: issuer, Store: d.store, Secrets: d.secrets, Authenticate: check,
		DPoP: server.DPoPConfig{Mode: server.DPoPOptional},
		HTTP: server.HTTPConfig{Logger: slog.New(slog.DiscardHandler)},
	})
	if err != nil {
		return nil, err
	}
	s := &site{database: d, http: httptest.NewServer(routes(auth)), users: make([]session, clients)}
	b.atEnd(func() error { s.http.Close(); return nil })
	s.url = s.http.URL
	s.http.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	return s, each(clients, func(i int) error { return s.login(ctx, i) })
}

// routes are those of the server, and one route of an application three times:
// open, protected, and protected by the live session too.
func routes(auth *server.Auth) http.Handler {
	orders := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", wire.TypeJSON)
		_, _ = io.WriteString(w, `{"orders":[{"id":1,"total":"12.50"},{"id":2,"total":"7.00"}]}`)
	})
	mux := http.NewServeMux()
	mux.Handle("/", auth.Handler())
	mux.Handle("GET /open", orders)
	mux.Handle("GET /protected", auth.Protect(orders))
	mux.Handle("GET /live", auth.Protect(orders, server.LiveSession))
	return mux
}

func (s *site) login(ctx context.Context, i int) error { return s.loginAs(ctx, i, email) }

func (s *site) loginAs(ctx context.Context, i int, email string) error {
	body, err := json.Marshal(wire.Credentials{Email: email, Password: password})
	if err != nil {
		return err
	}
	return s.authenticate(ctx, i, wire.PathAuth, string(body), http.StatusCreated)
}

func (s *site) refresh(ctx context.Context, i int) error {
	return s.authenticate(ctx, i, wire.PathRefresh, "", http.StatusOK)
}

// authenticate sends a request that is answered with both tokens, and keeps them.
func (s *site) authenticate(ctx context.Context, i int, path, body string, want int) error {
	res, read, err := s.send(ctx, http.MethodPost, wire.DefaultPrefix+path, body, i, s.users[i])
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s: %s: %s", path, res.Status, read)
	}
	var token wire.Token
	if err := json.Unmarshal(read, &token); err != nil {
		return err
	}
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	s.users[i] = session{token.TokenType, token.AccessToken, cookie}
	return nil
}

// getter calls a route of the application again and again.
func (s *site) getter(path string) operation {
	return func(ctx context.Context, i int) error {
		res, read, err := s.send(ctx, http.MethodGet, path, "", i, session{scheme: s.users[i].scheme, access: s.users[i].access})
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s: %s", path, res.Status, read)
		}
		return err
	}
}

func (s *site) send(ctx context.Context, method, path, body string, i int, with session) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	if body != "" {
		req.Header.Set("Content-Type", wire.TypeJSON)
	}
	if with.cookie != "" {
		req.Header.Set("Cookie", with.cookie)
	}
	if with.access != "" {
		req.Header.Set(wire.HeaderAuthorization, with.scheme+" "+with.access)
	}
	s.prove(req, i, with.access)
	res, err := s.http.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	if nonce := res.Header.Get(wire.HeaderDPoPNonce); nonce != "" && s.nonces != nil {
		s.nonces[i].Store(nonce)
	}
	read, err := io.ReadAll(res.Body)
	return res, read, errors.Join(err, res.Body.Close())
}
