package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/servertest"
)

// Browsers drop a cookie whose name and value are longer than 4,096 bytes, and
// proxies refuse requests with headers of a few kilobytes. The refresh token
// grows with nothing but the key id and the digits of the generation.
func TestTheCookieStaysSmall(t *testing.T) {
	const limit, digits = 512, 19 // of the largest generation
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	set, err := secret.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	longest := strings.Repeat("k", 32)
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), set.Primary().ID, longest, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := servertest.New(t, servertest.Options{Dir: dir})
	b := signedIn(t, s)
	// Base64 makes four characters of three bytes.
	if size := len(b.Cookie) + digits*4/3; size > limit || size < 100 {
		t.Errorf("the cookie takes up to %d bytes, want at most %d: %s", size, limit, b.Cookie)
	}
}
