// Package proxied tells what a request was before a proxy passed it on, as far as
// that proxy is trusted.
//
//	if proxied.Secure(r, trusted) {
//		scheme = "https"
//	}
//
// Of nobody else are the X-Forwarded headers believed.
package proxied

import (
	"net/http"
	"net/netip"
	"strings"
)

// Peer is the address at the other end of the connection; the zero Addr for a Unix
// socket, which has none.
func Peer(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// Trusted tells whether an address is in one of the ranges.
func Trusted(addr netip.Addr, ranges []netip.Prefix) bool {
	for _, prefix := range ranges {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Secure tells whether the browser spoke TLS, to us or to a trusted proxy.
func Secure(r *http.Request, trusted []netip.Prefix) bool {
	if r.TLS != nil {
		return true
	}
	return Trusted(Peer(r), trusted) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}
