package dpop_test

import (
	"testing"

	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
)

// RFC 3986 section 6.2.2 and 6.2.3: what is one address, and what is two.
func TestAddresses(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		htu, uri string
		want     bool
	}{
		{"https://a.example/b", "https://a.example/b", true},
		{"HTTPS://A.Example/b", "https://a.example/b", true},
		{"https://a.example/b", "https://a.example/B", false},
		{"https://a.example:443/b", "https://a.example/b", true},
		{"https://a.example:/b", "https://a.example/b", true},
		{"http://a.example:80/b", "http://a.example/b", true},
		{"http://a.example:443/b", "http://a.example/b", false},
		{"https://a.example:80/b", "https://a.example/b", false},
		{"http://[::1]:8080/b", "http://[::1]:8080/b", true},
		{"http://[2001:DB8::1]/b", "http://[2001:db8::1]:80/b", true},
		{"https://a.example", "https://a.example/", true},
		{"https://a.example?x", "https://a.example/#y", true},
		{"https://a.example/b?x=y", "https://a.example/b?z", true},
		{"https://a.example/b%3Fx", "https://a.example/b?x", false},
		{"https://a.example/%7euser", "https://a.example/~user", true},
		{"https://a.example/%7Euser", "https://a.example/%7euser", true},
		{"https://a.example/a%2fb", "https://a.example/a%2Fb", true},
		{"https://a.example/a%2fb", "https://a.example/a/b", false},
		{"https://a.example/%C3%A4", "https://a.example/ä", true},
		{"https://a.example/a/./b", "https://a.example/a/b", true},
		{"https://a.example/a/../b", "https://a.example/b", true},
		{"https://a.example/../b", "https://a.example/b", true},
		{"https://a.example/a/%2e%2E/b", "https://a.example/b", true},
		{"https://a.example/a/..", "https://a.example/", true},
		{"https://a.example/a/b/.", "https://a.example/a/b/", true},
		{"https://a.example/a//b", "https://a.example/a/b", false},
		{"https://a.example/b/", "https://a.example/b", false},
		{"https://a.example.evil.example/b", "https://a.example/b", false},
		{"https://a.example/b", "https://user:pass@a.example/b", false},
		{"https:a.example/b", "https://a.example/b", false},
		{"ftp://a.example/b", "ftp://a.example/b", false},
		{"https:///b", "https:///b", false},
		{"https://a.example%00/b", "https://a.example/b", false},
		{"", "", false},
	} {
		proof := w.key.Proof(w.claims(dpoptest.Claims{"htu": test.htu}))
		_, err := w.Verify(proof, dpop.Request{Method: "GET", URIs: []string{test.uri}, AccessToken: token})
		if (err == nil) != test.want {
			t.Errorf("%s for %s: %v, want one: %t", test.htu, test.uri, err, test.want)
		}
	}
}
