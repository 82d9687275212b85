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

// listeners are where the server listens.
type listeners struct {
	public net.Listener
	admin  net.Listener // nil: nowhere
}

// listenAll takes all addresses or none.
func listenAll(ctx context.Context, o serveOptions) (listeners, error) {
	public, err := listen(ctx, "--addr", o.addr)
	if err != nil || o.adminAddr == "" {
		return listeners{public: public}, err
	}
	admin, err := listen(ctx, "--admin-addr", o.adminAddr)
	if err != nil {
		return listeners{}, errors.Join(err, public.Close())
	}
	return listeners{public, admin}, nil
}

// close closes what a server has not closed yet, after a clean stop nothing.
func (l listeners) close() {
	_ = l.public.Close()
	if l.admin != nil {
		_ = l.admin.Close()
	}
}

// url is where the server is reached from this machine: as --addr says, with the
// port that it has got.
func (l listeners) url(o serveOptions) string {
	return localURL(o.scheme(), withPortOf(o.addr, l.public))
}

// withPortOf puts the port that was got in the place of the one that was asked
// for, which may have been 0.
func withPortOf(addr string, listener net.Listener) string {
	host, _, err := net.SplitHostPort(addr)
	_, port, err2 := net.SplitHostPort(listener.Addr().String())
	if err != nil || err2 != nil {
		return listener.Addr().String()
	}
	return net.JoinHostPort(host, port)
}

func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s; stop it, or choose another port with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with %s", addr, err, flag)
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

// serveOn serves until the context ends, then takes no new connections and lets
// requests finish.
func serveOn(ctx context.Context, listener net.Listener, srv *http.Server, leaving *drain, log *slog.Logger) error {
	srv.ConnState = leaving.track
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
	leaving.begun.Store(true)
	log.Info("stopping", "patience", shutdownTimeout)
	_ = listener.Close() // nobody new comes from here on
	<-failed
	leaving.wait()
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(shutdown); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off after %s: %w", shutdownTimeout, err), srv.Close())
	}
	return nil
}
