package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/authfetch/authfetch/server/account"
)

// The user that --demo makes, on request only: a server has no default user.
const (
	demoEmail    = "user@example.com"
	demoPassword = "pa55w0rd"
)

// announce says where the server listens and who can sign in.
func announce(ctx context.Context, d *data, o serveOptions, listener net.Listener, sys system) error {
	if o.demo {
		err := d.accounts.Ensure(ctx, account.NewUser{Email: demoEmail, Password: demoPassword, Name: "Demo User"})
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(sys.out, "authfetchd listens on %s\n  data    %s\n  issuer  %s\n%s%s",
		address(o, listener), o.data, o.issuer, whoCanSignIn(ctx, d, o), caveats(o, listener))
	return err
}

// caveats says what is fine on this machine and not for others, where others can
// reach the server.
func caveats(o serveOptions, listener net.Listener) string {
	if addr, ok := listener.Addr().(*net.TCPAddr); !ok || addr.IP.IsLoopback() {
		return ""
	}
	var b strings.Builder
	if o.tlsCert == "" && len(o.proxies) == 0 {
		b.WriteString("  note    over plain HTTP, browsers keep the refresh cookie on localhost only;\n" +
			"          use --tls-cert, or a proxy that speaks HTTPS and name it with --trusted-proxy\n")
	}
	if o.demo {
		b.WriteString("  note    everybody knows the password of the demo user, and others can reach this address\n")
	}
	return b.String()
}

// address is the URL under which the server is reached from this machine.
func address(o serveOptions, listener net.Listener) string {
	host, _, err := net.SplitHostPort(o.addr)
	_, port, err2 := net.SplitHostPort(listener.Addr().String())
	if err != nil || err2 != nil {
		return listener.Addr().String()
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return o.scheme() + "://" + net.JoinHostPort(host, port)
}

func whoCanSignIn(ctx context.Context, d *data, o serveOptions) string {
	if o.demo {
		return fmt.Sprintf("  sign in with %s / %s\n", demoEmail, demoPassword)
	}
	users, err := d.accounts.List(ctx)
	if err != nil || len(users) > 0 {
		return "" // whoever cannot be counted is not worth failing for
	}
	return fmt.Sprintf("  no users yet: authfetchd user add --data %s EMAIL\n", o.data)
}
