package servertest

import (
	"maps"
	"net/http"
	"strings"

	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/wire"
)

// Prove puts a proof of the browser's key on a request, with the nonce that it was
// given last, and with the hash of the access token where that comes by the scheme
// DPoP. Changes replace claims, or take them out where they are nil.
func (b *Browser) Prove(req *http.Request, changes dpoptest.Claims) *http.Request {
	b.tb.Helper()
	claims := dpoptest.Claims{
		"htm": req.Method, "htu": req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath(),
		"iat": b.now().Unix(), "nonce": nil,
	}
	if b.Nonce != "" {
		claims["nonce"] = b.Nonce
	}
	if scheme, token, _ := strings.Cut(req.Header.Get(wire.HeaderAuthorization), " "); scheme == wire.SchemeDPoP {
		claims["ath"] = dpoptest.Hash(token)
	}
	maps.Copy(claims, changes)
	req.Header.Set(wire.HeaderDPoP, b.Key.Proof(claims))
	return req
}

// send is Do, with a proof where the browser has a key, and once more with another
// one where the server asks for a nonce.
func (b *Browser) send(req *http.Request) Response {
	b.tb.Helper()
	if b.Key == nil {
		return b.Do(req)
	}
	res := b.Do(b.Prove(req, nil))
	if !asksForNonce(res) {
		return res
	}
	again := req.Clone(req.Context())
	body, err := req.GetBody()
	if err != nil {
		b.tb.Fatal("servertest: ", err)
	}
	again.Body = body
	return b.Do(b.Prove(again, nil))
}

// asksForNonce tells whether the answer is that of RFC 9449 section 8, or 9.
func asksForNonce(res Response) bool {
	return (res.Status == http.StatusBadRequest || res.Status == http.StatusUnauthorized) &&
		strings.Contains(string(res.Body), `"code":"`+string(wire.UseDPoPNonce)+`"`)
}
