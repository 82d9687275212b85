package resource_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/resource"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// world is an issuer and a resource server, which share a clock and nothing else.
type world struct {
	*servertest.Server
	url     string // of the resource server
	log     *servertest.Log
	fetches atomic.Int32 // of the document
	away    atomic.Bool  // the issuer answers with 502
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{log: &servertest.Log{}}
	w.Server = servertest.New(t, servertest.Options{Configure: func(c *server.Config) { c.DPoP.Mode = server.DPoPOptional }, Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == wire.PathJWKS {
				w.fetches.Add(1)
			}
			if w.away.Load() {
				rw.WriteHeader(http.StatusBadGateway)
				return
			}
			next.ServeHTTP(rw, r)
		})
	}})
	w.url = serve(t, w.tokens(t, resource.Config{}))
	return w
}

// tokens are those of the issuer; what the configuration lacks is the world's.
func (w *world) tokens(t *testing.T, config resource.Config) *resource.Tokens {
	t.Helper()
	config.Issuer, config.JWKS = servertest.Issuer, w.URL+wire.PathJWKS
	config.Now, config.Logger = w.Clock.Now, slog.New(slog.NewTextHandler(w.log, nil))
	tokens, err := resource.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// serve starts a resource server that answers with the user's id.
func serve(t *testing.T, tokens *resource.Tokens) string {
	t.Helper()
	s := httptest.NewServer(tokens.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := resource.ClaimsFromContext(r.Context())
		_, _ = io.WriteString(w, claims.UserID)
	})))
	t.Cleanup(s.Close)
	return s.URL
}

// accessToken is a new one of the user that the issuer has.
func (w *world) accessToken(t *testing.T) string {
	t.Helper()
	b := w.Browser(t)
	if res := b.Login(servertest.Email, servertest.Password); res.Status != http.StatusCreated {
		t.Fatalf("login: %d %s", res.Status, res.Body)
	}
	return b.AccessToken
}

// get calls the resource server.
func (w *world) get(t *testing.T, query string, authorization ...string) servertest.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/orders"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header[wire.HeaderAuthorization] = authorization
	return w.Browser(t).Do(req)
}

// status is that of a call with an access token.
func (w *world) status(t *testing.T, token string) int {
	t.Helper()
	return w.get(t, "", "Bearer "+token).Status
}
