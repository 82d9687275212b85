package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/page"
	"github.com/authfetch/authfetch/static"
)

// What a request and a stop may take.
const (
	headerTimeout   = 5 * time.Second
	requestTimeout  = headerTimeout + 10*time.Second // headers and body
	answerTimeout   = 2 * time.Minute                // the module over a slow line
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 10 * time.Second
	pruneInterval   = time.Hour
	maxHeaderBytes  = 64 << 10
)

// serve runs the server until the context ends.
func serve(ctx context.Context, args []string, getenv func(string) string, s streams) (err error) {
	o, err := parseServe(args, getenv, s.out)
	if err != nil {
		return err
	}
	log := newLogger(s.err, o.logLevel)

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
	d, err := openData(ctx, o.data)
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
	if err := announce(ctx, d, o, listener, s); err != nil {
		return err
	}
	go prune(ctx, auth, log)
	srv := newServer(newMux(auth, pages), log)
	if certificates != nil {
		srv.TLSConfig = &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
	}
	return serveOn(ctx, listener, srv, log)
}

// loadCertificates returns nil where the server speaks plain HTTP.
func loadCertificates(o serveOptions) ([]tls.Certificate, error) {
	if o.tlsCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert %s and --tls-key %s: %w", o.tlsCert, o.tlsKey, err)
	}
	return []tls.Certificate{certificate}, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s; stop it, or choose another port with --addr", addr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with --addr", addr, err)
	}
	return listener, nil
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
		HTTP: server.HTTPConfig{Cookie: o.cookie, TrustedProxies: o.proxies, Logger: log},
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
	for _, path := range []string{"/api/", "/.well-known/", "/healthz", "/readyz"} {
		mux.Handle(path, api)
	}
	mux.Handle("/", pages)
	return mux
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveOn serves until the context ends, then lets requests finish.
func serveOn(ctx context.Context, listener net.Listener, srv *http.Server, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() {
		if srv.TLSConfig != nil {
			failed <- srv.ServeTLS(listener, "", "")
			return
		}
		failed <- srv.Serve(listener)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping", "patience", shutdownTimeout)
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(shutdown); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off after %s: %w", shutdownTimeout, err), srv.Close())
	}
	return nil
}

// prune removes sessions that ended long ago, until the context ends.
func prune(ctx context.Context, auth *server.Auth, log *slog.Logger) {
	ticker := time.NewTicker(pruneInterval)
	defer ticker.Stop()
	for {
		if n, err := auth.Prune(ctx); err != nil && ctx.Err() == nil {
			log.Warn("old sessions could not be removed", "cause", err)
		} else if n > 0 {
			log.Info("old sessions removed", "count", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
