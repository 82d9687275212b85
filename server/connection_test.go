package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// halfLogin is a login that ends before its body does.
const halfLogin = "POST /api/auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"email\":"

// TestS30HalfClosedConnections is about clients that send, say that they have sent
// all, and read.
func TestS30HalfClosedConnections(t *testing.T) {
	s := start(t)
	const body = `{"email":"user@example.com","password":"pa55w0rd"}`
	complete := fmt.Sprintf("POST /api/auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	t.Run("in the middle of the body", func(t *testing.T) {
		wantRefusal(t, sendAndClose(t, s.URL, halfLogin), wire.InvalidRequest)
	})
	t.Run("in the middle of a chunk", func(t *testing.T) {
		chunked := strings.Replace(halfLogin, "Content-Length: 100", "Transfer-Encoding: chunked", 1)
		wantRefusal(t, sendAndClose(t, s.URL, strings.Replace(chunked, "{", "64\r\n{", 1)), wire.InvalidRequest)
	})
	t.Run("after a complete request", func(t *testing.T) {
		for range 10 { // it depends on when the end is noticed
			wantStatus(t, sendAndClose(t, s.URL, complete), http.StatusCreated)
		}
	})
}

func TestS30Chunks(t *testing.T) {
	s := start(t)
	const head = "POST /api/auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, row := range []struct {
		name, body string
		want       wire.Code
	}{
		{"endless", strings.Repeat("400\r\n"+strings.Repeat(" ", 0x400)+"\r\n", 17), wire.PayloadTooLarge},
		{"of a byte each", strings.Repeat("1\r\n \r\n", 17<<10), wire.PayloadTooLarge},
		{"of comments", strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\n \r\n", 100), wire.InvalidRequest},
		{"of no length", "xyz\r\n{}\r\n", wire.InvalidRequest},
		{"longer than can be", "fffffffffffffffff\r\n", wire.InvalidRequest},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantRefusal(t, sendAndClose(t, s.URL, head+row.body), row.want)
		})
	}
}

// sendAndClose sends what is there, closes its side, and reads the answer.
func sendAndClose(t *testing.T, url, request string) servertest.Response {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the answer has been read
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	return readResponse(t, conn)
}

func TestS30SlowBody(t *testing.T) {
	auth := start(t).Auth.Handler()
	synctest.Test(t, func(t *testing.T) {
		client, peer := net.Pipe()
		srv := &http.Server{Handler: auth}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(&oneConn{conn: peer, done: make(chan struct{})}) }()
		if _, err := io.WriteString(client, halfLogin); err != nil {
			t.Fatal(err)
		}
		// The clock of the bubble runs on once the server waits for the rest.
		wantRefusal(t, readResponse(t, client), wire.RequestTimeout)
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if err := srv.Close(); err != nil {
			t.Fatal(err)
		}
		<-served
	})
}

func readResponse(t *testing.T, conn net.Conn) servertest.Response {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Response{Status: res.StatusCode, Header: res.Header, Body: body}
}

// oneConn is a listener that accepts one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	close(l.done)
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
