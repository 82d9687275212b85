package main_test

import (
	"strings"
	"testing"

	main "github.com/authfetch/authfetch/server/cmd/xsslab"
)

// What the victim's policy allows is said here in full: nothing is weaker than what
// is shown needs.
func TestVictimPolicy(t *testing.T) {
	const want = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self' http://localhost:8888; manifest-src 'self'; frame-src 'none'; " +
		"frame-ancestors http://localhost:8888; base-uri 'none'; form-action 'self'"
	if got := main.VictimPolicy("http://localhost:8888", false); got != want {
		t.Errorf("it is\n%s, want\n%s", got, want)
	}
	strict := main.VictimPolicy("http://localhost:8888", true)
	for _, part := range []string{"script-src 'self' 'wasm-unsafe-eval';", "connect-src 'self';", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
		if !strings.Contains(strict, part) {
			t.Errorf("the strict one lacks %s:\n%s", part, strict)
		}
	}
}
