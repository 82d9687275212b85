package main_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// Each mode, with a client that has a key and with one that has none.
func TestDPoP(t *testing.T) {
	for _, test := range []struct {
		args            []string
		without, having string // the type of the tokens; empty: refused
	}{
		{nil, wire.SchemeBearer, wire.SchemeDPoP},
		{[]string{"--dpop", "off"}, wire.SchemeBearer, wire.SchemeBearer},
		{[]string{"--dpop", "optional"}, wire.SchemeBearer, wire.SchemeDPoP},
		{[]string{"--dpop", "required"}, "", wire.SchemeDPoP},
		{[]string{"--dpop-origin", "https://api.example.com"}, wire.SchemeBearer, ""},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			d := serve(t, append([]string{"--demo", "--data", t.TempDir()}, test.args...)...)
			for key, want := range map[*dpoptest.Key]string{nil: test.without, dpoptest.NewKey(): test.having} {
				b := servertest.NewBrowser(t, d.url)
				b.Key = key
				res := b.Login(demoEmail, demoPassword)
				if want == "" {
					if p := res.Problem(t); p.Code != wire.InvalidDPoPProof {
						t.Errorf("a login with the key %v: %s", key != nil, res.Body)
					}
					continue
				}
				if b.TokenType != want || b.Get("/api/users/me").Status != http.StatusOK || b.Refresh().Status != http.StatusOK {
					t.Errorf("a login with the key %v: %s", key != nil, res.Body)
				}
			}
		})
	}
}

func TestDPoPOptions(t *testing.T) {
	wantBadCommands(t, []badCommand{
		{"unknown mode", []string{"serve", "--dpop=always"}, 2, "not one of off, optional and required"},
		{"no origin", []string{"serve", "--dpop-origin=api.example.com"}, 2, "write it like https://app.example.com"},
	})
	got := run(t, map[string]string{"AUTHFETCH_DPOP": "never"}, "", "serve")
	if got.code != 2 || !strings.Contains(got.err, "AUTHFETCH_DPOP") {
		t.Errorf("%+v", got)
	}
}
