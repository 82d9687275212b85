package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
)

// TestNothingIsLeftRunning serves requests, refused ones too, and stops as a
// program does. The bubble fails when a goroutine is left, of ours or of what we
// use.
func TestNothingIsLeftRunning(t *testing.T) {
	inBubble(t, func(t *testing.T, auth *server.Auth, db *sqlitestore.Store, log *servertest.Log) {
		ctx, stop := context.WithCancel(t.Context())
		go auth.Run(ctx)
		client, peer := net.Pipe()
		srv := &http.Server{Handler: auth.Handler()}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(&oneConn{conn: peer, done: make(chan struct{})}) }()

		answers, cookie := bufio.NewReader(client), ""
		for _, row := range []struct {
			method, path, body string
			status             int
		}{
			{http.MethodPost, pathAuth, `{"email":"user@example.com","password":"pa55w0rd"}`, 201},
			{http.MethodPost, pathAuth, `{"email":"user@example.com","password":"wrong"}`, 401},
			{http.MethodPost, pathRefresh, "", 200},
			{http.MethodGet, pathSessions, "", 401},
			{http.MethodGet, wire.PathJWKS, "", 200},
			{http.MethodGet, wire.PathReady, "", 200},
			{http.MethodDelete, pathAuth, "", 204},
		} {
			req, err := http.NewRequestWithContext(t.Context(), row.method, servertest.Issuer+row.path, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			header{"Content-Type": wire.TypeJSON, "X-Auth-Fetch": "1", "Cookie": cookie}.on(req)
			if err := req.Write(client); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(answers, req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != row.status {
				t.Errorf("%s %s: status %d, want %d", row.method, row.path, res.StatusCode, row.status)
			}
			if set := res.Header.Get("Set-Cookie"); set != "" {
				cookie, _, _ = strings.Cut(set, ";")
			}
		}
		stop()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-served
	})
}
