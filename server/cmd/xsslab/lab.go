package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/page"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/static"
	pages "github.com/authfetch/authfetch/static/lab"
)

// The victim.
const (
	victimEmail    = "user@example.com"
	victimPassword = "pa55w0rd"
)

// lab is everything that runs.
type lab struct {
	rooms []*room
	desk  *desk
	sites []site
	store *sqlitestore.Store
}

// open makes the database and takes the ports.
func open(ctx context.Context, o options, dir string) (_ *lab, err error) {
	at, err := loopback(o.addr)
	if err != nil {
		return nil, err
	}
	l := &lab{rooms: rooms()}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.store, err = sqlitestore.Open(ctx, filepath.Join(dir, "lab.db")); err != nil {
		return nil, err
	}
	b, err := newBackend(ctx, l.store, dir, o.ttl)
	if err != nil {
		return nil, err
	}
	collector, err := listen(ctx, at, false)
	if err != nil {
		return nil, err
	}
	l.sites = append(l.sites, site{listener: collector})
	for i, room := range l.rooms {
		port := at.Port()
		if port != 0 {
			port += uint16(1 + i)
		}
		listener, err := listen(ctx, netip.AddrPortFrom(at.Addr(), port), true)
		if err != nil {
			return nil, err
		}
		l.sites = append(l.sites, site{listener: listener})
		if l.sites[1+i].handler, err = b.build(room, origin(listener), origin(collector)); err != nil {
			return nil, fmt.Errorf("room %s: %w", room.ID, err)
		}
	}
	l.desk, err = newDesk(ctx, origin(collector), l.rooms, o.ttl)
	l.sites[0].handler = l.desk
	return l, err
}

// close closes what is open. After an early end it is called for half a lab.
func (l *lab) close() error {
	var errs []error
	for _, s := range l.sites {
		_ = s.listener.Close() // its server may have done so
	}
	if l.store != nil {
		errs = append(errs, l.store.Close())
	}
	return errors.Join(errs...)
}

// backend is what the rooms share. Sessions belong to an issuer, and so each room
// has its own.
type backend struct {
	store    *sqlitestore.Store
	accounts *account.Service
	secrets  secret.Set
	ttl      time.Duration
}

func newBackend(ctx context.Context, store *sqlitestore.Store, dir string, ttl time.Duration) (*backend, error) {
	secrets, err := secret.CreateFile(filepath.Join(dir, "secret"))
	if err != nil {
		return nil, err
	}
	// The victim signs in again and again, and everybody knows the password: there
	// is no reason for a hash that takes its time.
	accounts, err := account.New(account.Config{Store: store, Params: account.Params{Memory: 64, Passes: 1, Lanes: 1}})
	if err != nil {
		return nil, err
	}
	return &backend{store, accounts, secrets, ttl}, accounts.Ensure(ctx, account.NewUser{Email: victimEmail, Password: victimPassword, Name: "Demo User"})
}

// build makes the room's server: the page, and the API behind its delivery.
func (b *backend) build(r *room, at, collector string) (http.Handler, error) {
	r.url = at + r.base + "/"
	prefix := r.base + wire.DefaultPrefix
	names := r.names()
	var err error
	r.auth, err = server.New(server.Config{
		Issuer: at, Store: b.store, Secrets: b.secrets,
		Authenticate: b.accounts.Authenticate, Users: server.UserConfig{Find: b.accounts.User},
		Tokens: server.TokenConfig{
			AccessTTL: b.ttl, Leeway: -1, // the end comes when it is said to come
			Grace: min(30*time.Second, b.ttl/2),
		},
		// As authfetchd has it: bound where the page brings a proof.
		DPoP: server.DPoPConfig{Mode: server.DPoPOptional, Origins: []string{at}},
		HTTP: server.HTTPConfig{
			Prefix: prefix, Logger: slog.New(slog.DiscardHandler),
			// Cookies know no ports, so each room has a name of its own. Without Secure,
			// for the browsers that keep no such cookie of http://localhost.
			Cookie: server.CookieConfig{Profile: server.CookieCustom, Custom: server.CustomCookie{
				Name: names.refresh, Path: names.path, InsecureHTTP: true,
			}},
		},
		Observer: server.Observers(),
	})
	if err != nil {
		return nil, err
	}
	victim, err := newVictim(r, collector)
	if err != nil {
		return nil, err
	}
	api := r.delivery(r.auth.Handler(), names)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, prefix+"/") {
			api.ServeHTTP(w, req)
			return
		}
		victim.ServeHTTP(w, req)
	}), nil
}

// newVictim serves a room's page, and authFetch as everybody gets it.
func newVictim(r *room, collector string) (http.Handler, error) {
	policy := victimPolicy(collector, r.Strict)
	own, err := page.New(page.Config{Files: pages.Victim(), ContentSecurityPolicy: policy})
	if err != nil {
		return nil, err
	}
	authfetch, err := page.New(page.Config{Files: static.Files(), ContentSecurityPolicy: policy})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		for _, prefix := range []string{"/authfetch.", "/dpop.", "/dist/", "/demo/"} { // with a hash in the name, or without
			if strings.HasPrefix(req.URL.Path, prefix) {
				authfetch.ServeHTTP(w, req)
				return
			}
		}
		own.ServeHTTP(w, req)
	})
	mux.HandleFunc("/room.json", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{
			"room": r, "attacker": collector, "email": victimEmail, "password": victimPassword,
			"weakened": weakenings(collector),
		})
	})
	return http.StripPrefix(r.base, mux), nil
}
