package main

import (
	"net/http"
	"sync/atomic"

	"github.com/authfetch/authfetch/server/wire"
)

// drain makes /readyz say 503 once the server is about to stop, whatever the
// health of the rest, so that no new requests are sent here. Requests that come
// all the same are answered. The zero drain has not begun.
type drain struct{ begun atomic.Bool }

func (d *drain) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.begun.Load() && r.URL.Path == wire.PathReady {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Type", wire.TypeJSON)
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"status":"unavailable"}` + "\n")) // the status has said it
			return
		}
		next.ServeHTTP(w, r)
	})
}
