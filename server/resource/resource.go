// Package resource protects the routes of a server that has not issued the access
// tokens itself: it needs the issuer's JWKS document, and neither its database nor
// its secret. It is for net/http, and for whatever is built on that.
//
//	tokens, err := resource.New(resource.Config{Issuer: "https://api.example.com"})
//	if err != nil {
//		return err
//	}
//	http.Handle("GET /orders", tokens.Protect(http.HandlerFunc(
//		func(w http.ResponseWriter, r *http.Request) {
//			claims, _ := resource.ClaimsFromContext(r.Context())
//			fmt.Fprintln(w, "the orders of", claims.UserID)
//		})))
//
// An access token that has been issued is good until it expires: this server does
// not hear of a session that has ended meanwhile. Do not use it where minutes are
// too long; ask the issuer there. Nor does it apply cross-origin rules: pages of
// other origins need a CORS middleware in front of it.
package resource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// Errors of this package, to be told apart with errors.Is. Those of a token are
// token.ErrInvalid and token.ErrExpired.
var (
	// ErrConfig: a Config that cannot work.
	ErrConfig = errors.New("resource configuration")
	// ErrUnavailable: the issuer's keys cannot be read, so that nothing can be said
	// of the token.
	ErrUnavailable = errors.New("the issuer's keys cannot be read")
)

// Config says whose access tokens are accepted.
type Config struct {
	// Issuer is the iss claim of the tokens, such as "https://api.example.com".
	// Required.
	Issuer string
	// Audience has to be among those of the aud claim. Zero: the issuer, which is
	// what an issuer writes that has not been told otherwise.
	Audience string
	// JWKS is the URL of the issuer's keys. Zero: /.well-known/jwks.json below the
	// issuer.
	JWKS string
	// InsecureHTTP lets JWKS be an http URL of another machine. Whoever is between
	// can then make tokens that are accepted. An https URL, or an http one of this
	// machine, does not need it. Zero: refused.
	InsecureHTTP bool
	// Leeway is how far clocks may be apart. Zero: 30 seconds. Negative: none.
	Leeway time.Duration
	// Client fetches the keys. Unless it says otherwise it follows no redirects.
	// Zero: http.DefaultTransport is used.
	Client *http.Client
	// Logger receives a warning when the keys could not be read. Zero:
	// slog.Default().
	Logger *slog.Logger
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Claims is what a verified access token says.
type Claims = token.Claims

// Tokens verifies the access tokens of one issuer. It is safe for concurrent use.
type Tokens struct{ verifier *token.Verifier }

// New checks the configuration; the error wraps ErrConfig, names the field and
// says what to do. The keys are read when the first token comes, so that this
// server may start before the issuer does.
func New(config Config) (*Tokens, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	verifier, err := token.NewVerifier(token.VerifierConfig{
		Issuer: config.Issuer, Audience: config.Audience, Leeway: config.Leeway,
		Keys: newRemoteKeys(config), Now: config.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return &Tokens{verifier: verifier}, nil
}

func (c Config) withDefaults() (Config, error) {
	if c.Issuer == "" {
		return c, fmt.Errorf("%w: Issuer is missing; write it as the issuer does, like https://api.example.com", ErrConfig)
	}
	if c.JWKS == "" {
		c.JWKS = strings.TrimSuffix(c.Issuer, "/") + wire.PathJWKS
	}
	if err := checkURL(c.JWKS, c.InsecureHTTP); err != nil {
		return c, err
	}
	client := http.Client{}
	if c.Client != nil {
		client = *c.Client
	}
	if client.CheckRedirect == nil {
		// Whoever can redirect us could name keys of their own.
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	c.Client = &client
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

func checkURL(text string, insecure bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("%w: JWKS: %q is not a URL; write it like https://api.example.com%s", ErrConfig, text, wire.PathJWKS)
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return fmt.Errorf("%w: JWKS: %q is not encrypted, so that whoever is between can name keys of their own; use https, or set InsecureHTTP", ErrConfig, text)
	}
	return nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

// Verify checks an access token that came otherwise than by HTTP. One that is bound
// to a key is refused, because nothing is known of who has sent it: Protect takes
// those. The error wraps token.ErrInvalid, and token.ErrExpired where nothing but
// the time is wrong; or ErrUnavailable.
func (t *Tokens) Verify(ctx context.Context, raw string) (Claims, error) {
	claims, err := t.verifier.Verify(ctx, raw)
	if err == nil && claims.KeyThumbprint != "" {
		return Claims{}, fmt.Errorf("%w: bound to a key, and no proof of it can be seen", token.ErrInvalid)
	}
	return claims, err
}
