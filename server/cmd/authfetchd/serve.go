package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/page"
	"github.com/authfetch/authfetch/static"
)

// serve runs the server until the context ends.
func serve(ctx context.Context, args []string, sys system) (err error) {
	o, err := parseServe(args, sys)
	if err != nil {
		return err
	}
	log := newLogger(sys.err, o.logLevel, o.logFormat)

	// What can be wrong outside comes first: then nothing has been touched.
	certificates, err := loadCertificates(o)
	if err != nil {
		return err
	}
	l, err := listenAll(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	o.issuer = cmp.Or(o.issuer, l.url(o))
	d, err := openData(ctx, o.data, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if o.devTLS {
		certificate, err := devCertificate(o.data.dir, sys.clock())
		if err != nil {
			return err
		}
		certificates = []tls.Certificate{certificate}
	}
	if db, ok := d.store.(clocked); ok {
		if err := compareClocks(ctx, db, sys.clock, o.tokens.Leeway, log); err != nil {
			return err
		}
	}
	registry, counts, err := newRegistry(d.store, sys.now)
	if err != nil {
		return err
	}
	// Whoever wants to read less of the log still wants to know who signed in.
	audit := server.NewAudit(newLogger(sys.err, min(o.logLevel, slog.LevelInfo), o.logFormat))
	auth, err := newAuth(ctx, d, o, sys.now, server.Observers(counts, audit), log)
	if err != nil {
		return err
	}
	handler, err := newMux(auth, o)
	if err != nil {
		return err
	}
	if err := announce(ctx, d, o, l, sys); err != nil {
		return err
	}

	leaving := newDrain(lingerTimeout)
	handler = leaving.wrap(handler)
	if l.admin != nil {
		defer serveAdmin(ctx, l.admin, newAdminMux(registry, handler, log), log)()
	}
	defer inBackground(ctx, auth.Run)()
	return serveOn(ctx, l.public, newServer(handler, certificates, log), leaving, log)
}

// inBackground runs f until the function that it returns is called, which waits
// for its end: what f uses may be closed afterwards.
func inBackground(ctx context.Context, f func(context.Context)) (stop func()) {
	// While the last requests are answered after a signal, it is still needed.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func newAuth(ctx context.Context, d *data, o serveOptions, now func() time.Time, observer server.Observer, log *slog.Logger) (*server.Auth, error) {
	secrets, err := d.secret(ctx, o.secretFile)
	if err != nil {
		return nil, err
	}
	users := server.UserConfig{Find: d.accounts.User, ChangePassword: d.accounts.ChangePassword}
	if o.registration {
		users.Register = d.accounts.Add
	}
	return server.New(server.Config{
		Issuer: o.issuer, Store: d.store, Secrets: secrets,
		Authenticate: d.accounts.Authenticate, AllowedOrigins: o.origins,
		Users: users, Tokens: o.tokens, DPoP: o.dpop,
		HTTP:     server.HTTPConfig{Cookie: o.cookie, TrustedProxies: o.proxies, Logger: log},
		Observer: observer, Now: now,
	})
}

// newMux puts the API and the pages side by side.
func newMux(auth *server.Auth, o serveOptions) (http.Handler, error) {
	pages, err := page.New(page.Config{
		Files: static.Files(),
		Missing: map[string]string{
			"dist/authfetch.wasm": "The module is not part of this program, because it was built before the module was. Run “make build”, then start the server again.",
		},
	})
	if err != nil {
		return nil, err
	}
	handler := lastAfterChunks(route(auth.Handler(), pages))
	if o.devTLS {
		return withoutHSTS(handler), nil
	}
	return handler, nil
}
