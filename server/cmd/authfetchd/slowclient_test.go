package main_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

// TestS30SlowClients is about clients that hold a connection and send little or
// nothing. The time is that of the bubble.
func TestS30SlowClients(t *testing.T) {
	for _, row := range []struct {
		name, sent string
		drip       string // then a byte of this each second
		answer     int    // 0: the connection is closed without one
		after      time.Duration
	}{
		{"nothing", "", "", 0, 5 * time.Second},
		{"half a request line", "GET /healthz HT", "", 400, 5 * time.Second},
		{"a header byte by byte", "GET /healthz HTTP/1.1\r\nX-A: ", strings.Repeat("a", 1000), 0, 5 * time.Second},
		{"a body byte by byte", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", strings.Repeat("a", 1000), 408, 15 * time.Second},
		{"silence after a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", 204, 2 * time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, stop := connect(t)
				start, gone := time.Now(), make(chan struct{})
				var sending sync.WaitGroup
				sending.Go(func() {
					_, err := io.WriteString(client, row.sent)
					for i := 0; err == nil && i < len(row.drip); i++ {
						select {
						case <-gone:
							return
						case <-time.After(time.Second):
						}
						_, err = io.WriteString(client, row.drip[i:i+1])
					}
				})
				answer, err := io.ReadAll(client)
				if err != nil {
					t.Error(err)
				}
				if got := time.Since(start); got != row.after {
					t.Errorf("closed after %v, want %v", got, row.after)
				}
				if got := status(t, answer); got != row.answer {
					t.Errorf("answered with %d, want %d", got, row.answer)
				}
				close(gone)
				stop()
				sending.Wait()
			})
		})
	}
}

// connect serves one connection as authfetchd does. The handler reads the body.
func connect(t *testing.T) (client net.Conn, stop func()) {
	t.Helper()
	client, peer := net.Pipe()
	srv := main.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestTimeout)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}), slog.New(slog.DiscardHandler))
	listener := &single{conn: peer, closed: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	return client, func() {
		_ = client.Close() // the server has closed it
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-served
	}
}

func status(t *testing.T, answer []byte) int {
	t.Helper()
	if len(answer) == 0 {
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(answer))), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // there is none
	return res.StatusCode
}

// single is a listener that accepts one connection.
type single struct {
	conn   net.Conn
	closed chan struct{}
}

func (l *single) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *single) Close() error {
	close(l.closed)
	return nil
}

func (l *single) Addr() net.Addr { return l.conn.LocalAddr() }

// TestS30HugeHeaders is about a client that sends more than any browser would.
func TestS30HugeHeaders(t *testing.T) {
	d := serve(t, "--data", t.TempDir())
	for _, row := range []struct {
		name, header string
		want         int
	}{
		{"as large as browsers send", strings.Repeat("a", 16<<10), 200},
		{"one that is huge", strings.Repeat("a", 128<<10), 431},
		{"many", strings.Repeat("a\r\nX-A: a", 20_000), 431},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }() // the answer has been read
			go func() {
				// The server may close before all of it is there.
				_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: "+row.header+"\r\n\r\n")
			}()
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close() // the status is what counts
			if res.StatusCode != row.want {
				t.Errorf("status %d, want %d", res.StatusCode, row.want)
			}
		})
	}
}
