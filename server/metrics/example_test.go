package metrics_test

import (
	"context"
	"log"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/metrics"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// Metrics beside the audit log, on an address that is not the public's.
func Example() {
	db, err := sqlitestore.Open(context.Background(), "data/sessions.db")
	if err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	counts, err := metrics.New(metrics.Config{Registerer: registry, Sessions: db})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := server.New(server.Config{
		Store:    db, // and the rest, see the example of package server
		Observer: server.Observers(counts, server.NewAudit(slog.Default())),
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		log.Fatal(http.ListenAndServe("localhost:9090", promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
	}()
	log.Fatal(http.ListenAndServe("localhost:8080", auth.Handler()))
}
