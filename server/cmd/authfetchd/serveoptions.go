package main

import (
	"cmp"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/authfetch/authfetch/server"
)

// serveOptions is what the command line of serve says.
type serveOptions struct {
	addr      string
	adminAddr string // empty: nowhere
	tlsCert   string
	tlsKey    string
	devTLS    bool
	proxies   []netip.Prefix

	data       place
	secretFile string

	issuer  string // empty: where the server listens
	tokens  server.TokenConfig
	origins []string
	cookie  server.CookieConfig
	dpop    server.DPoPConfig

	registration bool

	logLevel  slog.Level
	logFormat logFormat
	demo      bool
}

const serveAbout = `
Runs the server until it gets SIGINT or SIGTERM: the API under /api, the page
side at /, the public keys at /.well-known/jwks.json, /healthz and /readyz.
It keeps everything in one directory, which it makes where there is none; or in
a PostgreSQL database, which any number of servers can share. These share the
secret file, too: copy it from the first to the others.
Durations are written like 90s, 5m or 720h.

  authfetchd serve --demo
  authfetchd serve --data /var/lib/authfetch --issuer https://api.example.com \
    --origin https://app.example.com --trusted-proxy 10.0.0.7
  AUTHFETCH_DATABASE=postgres://authfetch:PASSWORD@db.example.com/authfetch \
    authfetchd serve --issuer https://api.example.com`

func parseServe(args []string, sys system) (serveOptions, error) {
	var s serveOptions
	o := newOptions("serve", "serve [options]", serveAbout)
	s.define(o, sys.clock)
	if err := o.parse(args, sys); err != nil {
		return s, err
	}
	if err := errors.Join(o.noArguments(), s.complete(o)); err != nil {
		return s, err
	}
	return s, nil
}

func (s *serveOptions) define(o *options, clock func() time.Time) {
	s.addr = "localhost:8080"
	o.Var(text{&s.addr, checkAddress}, "addr", "`host:port`: where to listen; an empty host means every interface")
	o.Var(text{&s.adminAddr, checkAddress}, "admin-addr", "`host:port`: where to listen for operators; has /metrics for Prometheus, /healthz and /readyz, over plain HTTP; keep it from the public (default: nowhere)")
	o.StringVar(&s.tlsCert, "tls-cert", "", "`file`: the certificate chain in PEM; together with --tls-key the server speaks HTTPS")
	o.StringVar(&s.tlsKey, "tls-key", "", "`file`: the private key in PEM")
	o.BoolVar(&s.devTLS, "dev-tls", false, "speak HTTPS with a certificate for localhost that is made at the start and signs itself, for development")
	o.Var(list[netip.Prefix]{&s.proxies, parsePrefix}, "trusted-proxy", "`address`: that of a reverse proxy whose X-Forwarded headers are believed, or a range such as 10.0.0.0/8; may be repeated")
	o.section("Network")
	o.place(&s.data, "where the database and the secret are; made with mode 0700 where there is none")
	o.StringVar(&s.secretFile, "secret-file", "", "`file`: the server secret (default: the file \"secret\" in the data directory)")
	o.Var(past{&s.tokens.RestoredAt, clock}, "restored-at", "`time`: when the database was restored from a backup, or a standby took over that lacked the last writes, as 2026-05-01T12:00:00Z; sessions go on from refresh tokens that are newer than the database (default: such tokens are refused)")
	o.section("Data")
	o.Var(text{&s.issuer, server.CheckIssuer}, "issuer", "`URL`: where browsers reach this server, the issuer of access tokens; changing it signs everybody out (default: made from --addr)")
	o.StringVar(&s.tokens.Audience, "audience", "", "`name`: whom access tokens are meant for (default: the issuer)")
	o.Var(algorithm{&s.tokens.Algorithm}, "algorithm", "`algorithm`: what new signing keys are for, ES256, EdDSA or RS256; the keys that are there stay valid (default: ES256)")
	o.duration(&s.tokens.AccessTTL, "access-ttl", 5*time.Minute, "life of an access token")
	o.duration(&s.tokens.Leeway, "leeway", 30*time.Second, "how far the clocks of servers may be apart")
	o.section("Access tokens")
	o.duration(&s.tokens.IdleTTL, "idle-ttl", 30*24*time.Hour, "life of a session that is not refreshed")
	o.duration(&s.tokens.AbsoluteTTL, "absolute-ttl", 90*24*time.Hour, "life of a session, refreshed or not")
	o.duration(&s.tokens.Grace, "grace", 30*time.Second, "how long a replaced refresh token is taken as a retry")
	o.section("Sessions")
	o.BoolVar(&s.registration, "registration", false, "let everybody make an account, with POST /api/users; no address is verified")
	o.section("Accounts")
	o.TextVar(&s.dpop.Mode, "dpop", server.DPoPOptional, "`mode`: which sessions and tokens are bound to a key of the client, and of no use without it (RFC 9449): off, optional (those of clients that send proofs, as the module does that is told to) or required (all; no other client gets in)")
	o.Var(list[string]{&s.dpop.Origins, checkedOrigin}, "dpop-origin", "`origin`: where browsers reach this server, as https://api.example.com; proofs for other addresses are refused; may be repeated (default: what the header Host says)")
	o.section("Bound tokens")
	o.Var(list[string]{&s.origins, checkedOrigin}, "origin", "`origin`: whose pages may use the API besides the server's own, such as https://app.example.com; may be repeated")
	o.section("Pages")
	defineCookie(o, &s.cookie)
	o.Var(level{&s.logLevel}, "log-level", "`level`: how much is logged to the standard error: debug (every request to the API), info, warn or error; who signs in and out, and what becomes of sessions, is recorded at info in any case")
	o.TextVar(&s.logFormat, "log-format", formatText, "`format`: text, or json with one object a line")
	o.section("Log")
	o.BoolVar(&s.demo, "demo", false, "make the demo users "+demoEmail+" and "+demoGuest+", both with the password "+demoPassword+"; not for a server that others reach")
	o.section("To try it out")
}

func checkedOrigin(origin string) (string, error) { return origin, server.CheckOrigin(origin) }

// complete checks what depends on several options, and fills in what is derived.
func (s *serveOptions) complete(o *options) error {
	switch {
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return o.wrong(errors.New("--tls-cert and --tls-key go together"))
	case s.devTLS && s.tlsCert != "":
		return o.wrong(errors.New("--dev-tls makes a certificate, and --tls-cert names one; leave one of them out"))
	}
	if s.tokens.IdleTTL > s.tokens.AbsoluteTTL && !given(o, "idle-ttl") {
		s.tokens.IdleTTL = s.tokens.AbsoluteTTL
	}
	if s.tokens.IdleTTL > s.tokens.AbsoluteTTL {
		return o.wrong(errors.New("--idle-ttl is longer than --absolute-ttl"))
	}
	// The port does not matter to a cookie, so that it need not be known yet.
	if err := server.CheckCookie(s.cookie, cmp.Or(s.issuer, localURL(s.scheme(), s.addr)), ""); err != nil {
		return o.wrong(flagError(err))
	}
	s.secretFile = cmp.Or(s.secretFile, s.data.defaultSecret())
	return nil
}

// scheme is how clients begin the URL of the server.
func (s *serveOptions) scheme() string {
	if s.tlsCert != "" || s.devTLS {
		return "https"
	}
	return "http"
}

// localURL is the address as others on this machine write it.
func localURL(scheme, addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// given tells whether an option was named, on the command line or in the
// environment.
func given(o *options, name string) bool {
	found := false
	o.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
