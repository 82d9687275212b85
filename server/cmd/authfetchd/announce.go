package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/authfetch/authfetch/server/account"
)

// The users that --demo makes, on request only: a server has no default user. The
// guest is there to be signed in as somebody else.
const (
	demoEmail    = "user@example.com"
	demoGuest    = "guest@example.com"
	demoPassword = "pa55w0rd"
)

var demoUsers = []account.NewUser{
	{Email: demoEmail, Password: demoPassword, Name: "Demo User"},
	{Email: demoGuest, Password: demoPassword, Name: "Guest"},
}

// announce says where the server listens and who can sign in.
func announce(ctx context.Context, d *data, o serveOptions, l listeners, sys system) error {
	if o.demo {
		for _, user := range demoUsers {
			if err := d.accounts.Ensure(ctx, user); err != nil {
				return err
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "authfetchd listens on %s\n", l.url(o))
	fmt.Fprintf(&b, "  data      %s\n", o.data.dir)
	if o.data.url != "" {
		fmt.Fprintf(&b, "  database  %s\n", o.data.engine())
	}
	fmt.Fprintf(&b, "  issuer    %s\n", o.issuer)
	if l.admin != nil {
		fmt.Fprintf(&b, "  admin     %s\n", localURL("http", withPortOf(o.adminAddr, l.admin)))
	}
	b.WriteString(whoCanSignIn(ctx, d, o))
	for _, note := range notes(o, l) {
		fmt.Fprintf(&b, "  note      %s\n", strings.Join(wrap(strings.Fields(note), columns-12), "\n            "))
	}
	_, err := io.WriteString(sys.out, b.String())
	return err
}

// notes say what is fine on this machine and may not be elsewhere.
func notes(o serveOptions, l listeners) []string {
	var notes []string
	if o.devTLS {
		notes = append(notes, fmt.Sprintf("the certificate signs itself: let it through in the browser, or trust %s, which is for this machine alone (curl --cacert)", filepath.Join(o.data.dir, devCertName)))
	}
	if others(l.public) {
		if o.tlsCert == "" && !o.devTLS && len(o.proxies) == 0 {
			notes = append(notes, "over plain HTTP, browsers keep the refresh cookie on localhost only; use --tls-cert, or a proxy that speaks HTTPS and name it with --trusted-proxy")
		}
		if o.demo {
			notes = append(notes, "everybody knows the password of the demo users, and others can reach this address")
		}
	}
	if l.admin != nil && others(l.admin) {
		notes = append(notes, "others can reach the admin address; it tells how many sign in and when, so let a firewall keep the public from it")
	}
	if info, err := os.Stat(o.data.dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		notes = append(notes, fmt.Sprintf("others on this machine can look into the data directory; chmod 700 %s", o.data.dir))
	}
	return notes
}

// others tells whether other machines can reach the address.
func others(listener net.Listener) bool {
	addr, ok := listener.Addr().(*net.TCPAddr)
	return ok && !addr.IP.IsLoopback()
}

func whoCanSignIn(ctx context.Context, d *data, o serveOptions) string {
	if o.demo {
		return fmt.Sprintf("  sign in with %s / %s, or as %s\n", demoEmail, demoPassword, demoGuest)
	}
	users, err := d.accounts.List(ctx)
	if err != nil || len(users) > 0 {
		return "" // whoever cannot be counted is not worth failing for
	}
	return fmt.Sprintf("  no users yet: authfetchd user add %s EMAIL\n", o.data.options())
}
