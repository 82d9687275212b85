package main_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

// A request that comes on an open connection while the server stops is answered,
// and so that the connection ends with it; then the server ends, too.
func TestNoRequestIsLostWhileStopping(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	stopped := make(chan error, 1)
	// With that patience, only the last connection's end can be why it stops.
	go func() { stopped <- main.ServeOn(ctx, listener, handler, time.Hour, slog.New(slog.DiscardHandler)) }()
	url := "http://" + listener.Addr().String()

	client := &http.Client{Transport: &http.Transport{}} // nobody else's, who would close its connections
	ask := func() *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // it is empty
		return res
	}
	if ask().Close {
		t.Fatal("the connection ends before the server stops")
	}
	stop()
	refused(t, url)
	if res := ask(); res.StatusCode != http.StatusNoContent || !res.Close {
		t.Errorf("status %d, connection ends: %v", res.StatusCode, res.Close)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
