package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// loopback is the address and the port that were asked for. It asks no resolver:
// whatever a machine takes "localhost" for, it is 127.0.0.1 here.
func loopback(addr string) (netip.AddrPort, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("--addr %s: %w", addr, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("--addr %s: the port is no number up to 65535", addr)
	}
	if strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return netip.AddrPort{}, fmt.Errorf("--addr %s: the lab is full of holes and listens on this machine alone; use localhost, 127.0.0.1 or [::1]", addr)
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// listen takes the address. With orAny, a port that another program has is no
// reason to fail.
func listen(ctx context.Context, at netip.AddrPort, orAny bool) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", at.String())
	if errors.Is(err, syscall.EADDRINUSE) && orAny {
		return listen(ctx, netip.AddrPortFrom(at.Addr(), 0), false)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s; stop it, or choose another port with --addr", at)
	}
	return listener, err
}

// origin is what a browser calls the listener. Pages and cookies live on
// localhost: an address is no secure context everywhere.
func origin(listener net.Listener) string {
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	return "http://localhost:" + strconv.Itoa(int(port))
}

// loopbackOnly refuses whoever came by another name. A page elsewhere can give
// its own name this machine's address once it is loaded (DNS rebinding), and would
// be of the same origin as the lab then.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "The lab answers to localhost alone.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback tells whether a Host header names this machine, whatever the port.
func isLoopback(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}
