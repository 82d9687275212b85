package main

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// lingerTimeout is how long requests may still come on connections that are open.
const lingerTimeout = 500 * time.Millisecond

// drain lets a server stop without losing requests. http.Server.Shutdown closes
// connections that are idle at once, also under a request that is on its way, and
// a client may not send a POST again for that. So each answer says first that its
// connection ends, and those that are in use end by themselves.
type drain struct {
	patience time.Duration
	begun    atomic.Bool
	open     atomic.Int64  // connections
	none     chan struct{} // the last one has been closed
}

func newDrain(patience time.Duration) *drain {
	return &drain{patience: patience, none: make(chan struct{}, 1)}
}

// wrap answers as next does. Once the server is about to stop, /readyz says 503,
// whatever the health of the rest, so that no new requests are sent here.
func (d *drain) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.begun.Load() {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close") // HTTP/2 makes GOAWAY of it
		if r.URL.Path != wire.PathReady {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", wire.TypeJSON)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"unavailable"}` + "\n")) // the status has said it
	})
}

// track counts connections, as http.Server.ConnState.
func (d *drain) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		d.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		if d.open.Add(-1) > 0 {
			return
		}
		select {
		case d.none <- struct{}{}:
		default: // it is known already
		}
	}
}

// wait returns when no connection is open any more, or patience is at its end. No
// new ones may come.
func (d *drain) wait() {
	timer := time.NewTimer(d.patience)
	defer timer.Stop()
	for d.open.Load() > 0 {
		select {
		case <-d.none:
		case <-timer.C:
			return
		}
	}
}
