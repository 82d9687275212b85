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
)

// What a request and a stop may take.
const (
	headerTimeout   = 5 * time.Second
	requestTimeout  = headerTimeout + 10*time.Second // headers and body
	answerTimeout   = 2 * time.Minute                // the module over a slow line
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 10 * time.Second
	maxHeaderBytes  = 64 << 10
)

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

func newServer(handler http.Handler, certificates []tls.Certificate, log *slog.Logger) *http.Server {
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if certificates != nil {
		srv.TLSConfig = &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
	}
	return srv
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
