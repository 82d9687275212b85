package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/authfetch/authfetch/server/metrics"
)

// newRegistry has what the Go runtime and the process tell about themselves; the
// server's own metrics come to it through package metrics.
func newRegistry(db database, now func() time.Time) (*prometheus.Registry, *metrics.Metrics, error) {
	registry := prometheus.NewRegistry()
	all := []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	if db, ok := db.(pooled); ok {
		all = append(all, poolCollector{db})
	}
	for _, c := range all {
		if err := registry.Register(c); err != nil {
			return nil, nil, err
		}
	}
	observer, err := metrics.New(metrics.Config{Registerer: registry, Sessions: db, Now: now})
	return registry, observer, err
}

// newAdminMux has what operators look at, and nothing that belongs to a user.
func newAdminMux(registry *prometheus.Registry, health http.Handler, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, Timeout: answerTimeout,
	}))
	mux.Handle("GET /healthz", health)
	mux.Handle("GET /readyz", health)
	return mux
}

// serveAdmin serves until the function that it returns is called. That is after
// the public server has stopped, so that /readyz can say that it is about to.
func serveAdmin(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) (stop func()) {
	srv := newServer(handler, nil, log)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	return func() {
		_ = srv.Close() // whoever reads the metrics now comes again
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			log.LogAttrs(ctx, slog.LevelError, "the admin address was not served to the end", slog.String("cause", err.Error()))
		}
	}
}
