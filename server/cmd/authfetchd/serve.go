package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

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
	log := newLogger(sys.err, o.logLevel)

	// What can be wrong outside comes first: then nothing has been touched.
	certificates, err := loadCertificates(o)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, o.addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // closed by the server already after a clean stop
	d, err := openData(ctx, o.data, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	auth, err := newAuth(ctx, d, o, log)
	if err != nil {
		return err
	}
	pages, err := newPages()
	if err != nil {
		return err
	}
	if err := announce(ctx, d, o, listener, sys); err != nil {
		return err
	}
	go auth.Run(ctx)
	return serveOn(ctx, listener, newServer(newMux(auth, pages), certificates, log), log)
}

func newAuth(ctx context.Context, d *data, o serveOptions, log *slog.Logger) (*server.Auth, error) {
	secrets, err := d.secret(ctx, o.secretFile)
	if err != nil {
		return nil, err
	}
	tokens := o.tokens
	tokens.Audience = o.audience
	return server.New(server.Config{
		Issuer: o.issuer, Store: d.store, Secrets: secrets,
		Authenticate: d.accounts.Authenticate, AllowedOrigins: o.origins,
		Users: server.UserConfig{Find: d.accounts.User}, Tokens: tokens,
		HTTP: server.HTTPConfig{Cookie: server.CookieConfig{Profile: o.cookie}, TrustedProxies: o.proxies, Logger: log},
	})
}

func newPages() (http.Handler, error) {
	return page.New(page.Config{
		Files: static.Files(),
		Missing: map[string]string{
			"dist/authfetch.wasm": "The module is not part of this program, because it was built before the module was. Run “make build”, then start the server again.",
		},
	})
}

// newMux puts the API and the pages side by side.
func newMux(auth *server.Auth, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	api := auth.Handler()
	for _, path := range []string{"/api", "/api/", "/.well-known/", "/healthz", "/readyz"} {
		mux.Handle(path, api)
	}
	mux.Handle("/", pages)
	return mux
}
