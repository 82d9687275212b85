package servertest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/wire"
)

// Browser does what a page with the module does: it keeps the access token and
// the refresh cookie, and sends them where they belong. It is for one goroutine;
// Copy makes another one with the same tokens, as a second tab or a thief has.
//
// It is not net/http/cookiejar, which sends no Secure cookie over plain HTTP,
// where browsers make an exception for localhost, and knows no partitions.
type Browser struct {
	AccessToken string
	// TokenType is what came with it: the scheme that it goes by. Empty: Bearer.
	TokenType string
	// Key is proved to be held, as by the module with its option dpop: with logins,
	// refreshes and calls. Nil: nothing is proved. Nonce is the last one that a
	// server has given.
	Key   *dpoptest.Key
	Nonce string
	// Cookie is what the auth endpoints get in the header Cookie, "name=value";
	// empty: none. A test may write another one into it.
	Cookie string

	jar    jar
	now    func() time.Time
	tb     testing.TB
	url    string
	client *http.Client
}

// Browser returns one that is not signed in.
func (s *Server) Browser(tb testing.TB) *Browser {
	return &Browser{tb: tb, url: s.URL, client: s.http.Client(), now: s.Clock.Now}
}

// NewBrowser returns one that is not signed in, for a server that this package has
// not started: its URL without a slash at the end.
func NewBrowser(tb testing.TB, url string) *Browser {
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	return &Browser{tb: tb, url: url, client: &http.Client{Transport: transport}, now: time.Now}
}

// At returns the same browser at another server, which it takes for this one: a
// new release, say, or a second node.
func (b *Browser) At(s *Server) *Browser {
	c := b.Copy()
	c.url, c.client = s.URL, s.http.Client()
	return c
}

// Copy returns another browser with the same tokens.
func (b *Browser) Copy() *Browser {
	c := *b
	return &c
}

// Response is an answer that has been read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON decodes the body, or ends the test.
func (r Response) JSON(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal(r.Body, into); err != nil {
		tb.Fatalf("servertest: the body is not the JSON that was expected: %v\n%s", err, r.Body)
	}
}

// Problem is the body of a refusal.
func (r Response) Problem(tb testing.TB) wire.Problem {
	tb.Helper()
	var p wire.Problem
	r.JSON(tb, &p)
	return p
}

// Login signs in; with status 201 the browser has both tokens afterwards.
func (b *Browser) Login(email, password string) Response {
	b.tb.Helper()
	body, err := json.Marshal(wire.Credentials{Email: email, Password: password})
	if err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	req := b.Request(http.MethodPost, wire.DefaultPrefix+wire.PathAuth, body)
	req.Header.Set("Content-Type", wire.TypeJSON)
	return b.keep(b.send(req), http.StatusCreated)
}

// Refresh refreshes as the module does, with the access token that it has; with
// status 200 the browser has new tokens afterwards.
func (b *Browser) Refresh() Response {
	b.tb.Helper()
	return b.keep(b.send(b.RefreshRequest()), http.StatusOK)
}

// RefreshRequest is the request that Refresh makes, for a test to change.
func (b *Browser) RefreshRequest() *http.Request {
	b.tb.Helper()
	req := b.Request(http.MethodPost, wire.DefaultPrefix+wire.PathRefresh, nil)
	req.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	b.authorize(req)
	return req
}

// Logout signs out; with status 204 the browser has no tokens afterwards.
func (b *Browser) Logout() Response {
	b.tb.Helper()
	req := b.Request(http.MethodDelete, wire.DefaultPrefix+wire.PathAuth, nil)
	req.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	b.authorize(req)
	res := b.Do(req)
	if res.Status == http.StatusNoContent {
		b.AccessToken, b.TokenType = "", ""
		b.store(res.Header)
	}
	return res
}

// Get calls a route with the access token.
func (b *Browser) Get(path string) Response {
	b.tb.Helper()
	req := b.Request(http.MethodGet, path, nil)
	b.authorize(req)
	return b.send(req)
}

// Delete is Get with the other method; what the answer does to the cookie is done.
func (b *Browser) Delete(path string) Response {
	b.tb.Helper()
	req := b.Request(http.MethodDelete, path, nil)
	b.authorize(req)
	res := b.send(req)
	b.store(res.Header)
	return res
}

// Request makes a request with the refresh cookie, where its path is that of the
// cookie, and nothing else.
func (b *Browser) Request(method, path string, body []byte) *http.Request {
	b.tb.Helper()
	req, err := http.NewRequestWithContext(b.tb.Context(), method, b.url+path, bytes.NewReader(body))
	if err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	cookie := b.Cookie
	if cookie == b.jar.header(wire.DefaultPrefix+wire.PathRefresh) {
		cookie = b.jar.header(req.URL.Path)
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	return req
}

// Do sends a request as it is, and ends the test where no answer comes.
func (b *Browser) Do(req *http.Request) Response {
	b.tb.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	if err := res.Body.Close(); err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	b.Nonce = cmp.Or(res.Header.Get(wire.HeaderDPoPNonce), b.Nonce)
	return Response{Status: res.StatusCode, Header: res.Header, Body: body}
}

func (b *Browser) authorize(req *http.Request) {
	if b.AccessToken != "" {
		req.Header.Set(wire.HeaderAuthorization, cmp.Or(b.TokenType, wire.SchemeBearer)+" "+b.AccessToken)
	}
}

// keep takes both tokens out of an answer with that status.
func (b *Browser) keep(res Response, status int) Response {
	b.tb.Helper()
	if res.Status != status {
		return res
	}
	var token wire.Token
	res.JSON(b.tb, &token)
	b.AccessToken, b.TokenType = token.AccessToken, token.TokenType
	b.store(res.Header)
	return res
}

// store does with the cookies of an answer what a browser does.
func (b *Browser) store(h http.Header) {
	b.jar = b.jar.update(h)
	b.Cookie = b.jar.header(wire.DefaultPrefix + wire.PathRefresh)
}
