package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/authfetch/authfetch/server/internal/proxied"
	"github.com/authfetch/authfetch/server/rotation"
)

// clientAddress is the address of the browser behind the request: the peer, or
// where the peer is a trusted proxy, the last address in X-Forwarded-For that no
// trusted proxy vouches for. What stands left of that one was written by the
// client and proves nothing.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr := proxied.Peer(r)
	hops := forwardedFor(r.Header)
	for i := len(hops) - 1; i >= 0 && proxied.Trusted(addr, trusted); i-- {
		hop, err := parseHop(hops[i])
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr
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
