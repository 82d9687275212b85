package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/authfetch/authfetch/server/rotation"
)

// clientAddress is the address of the browser behind the request: the peer, or
// where the peer is a trusted proxy, the last address in X-Forwarded-For that no
// trusted proxy vouches for. What stands left of that one was written by the
// client and proves nothing.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr := peerAddress(r)
	hops := forwardedFor(r.Header)
	for i := len(hops) - 1; i >= 0 && isTrusted(addr, trusted); i-- {
		hop, err := parseHop(hops[i])
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr
}

func peerAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // a Unix socket has no address
	}
	return peer.Addr().Unmap().WithZone("")
}

func forwardedFor(h http.Header) []string {
	var hops []string
	for _, line := range h.Values("X-Forwarded-For") {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops
}

// parseHop reads an address, to which some proxies add the port.
func parseHop(text string) (netip.Addr, error) {
	if hop, err := netip.ParseAddrPort(text); err == nil {
		return hop.Addr(), nil
	}
	return netip.ParseAddr(text)
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, prefix := range trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// isSecure reports whether the browser spoke TLS, to us or to a trusted proxy.
func isSecure(r *http.Request, trusted []netip.Prefix) bool {
	if r.TLS != nil {
		return true
	}
	return isTrusted(peerAddress(r), trusted) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// address is the client's, as text; empty where there is none.
func (a *Auth) address(r *http.Request) string {
	addr := clientAddress(r, a.config.HTTP.TrustedProxies)
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// client is what the session list and the events say about the other end.
func (a *Auth) client(r *http.Request) rotation.Client {
	return rotation.Client{UserAgent: r.UserAgent(), Address: a.address(r)}.Trimmed()
}
