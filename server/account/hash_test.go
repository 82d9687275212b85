package account_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/account"
)

func TestHashEncoding(t *testing.T) {
	store := open(t)
	add(t, service(t, account.Config{Store: store}), "ada@example.com")
	user, err := store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	encoded := user.PasswordHash.Encode()
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("encoded as %q", encoded)
	}
	parsed, err := account.ParseHash(encoded)
	if err != nil || parsed != user.PasswordHash {
		t.Errorf("read back as another hash, error %v", err)
	}
	for name, bad := range map[string]string{
		"empty":             "",
		"bcrypt":            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":           strings.Replace(encoded, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(encoded, "v=19", "v=16", 1),
		"no memory":         strings.Replace(encoded, "m=19456", "m=0", 1),
		"memory of all RAM": strings.Replace(encoded, "m=19456", "m=4294967295", 1),
		"endless":           strings.Replace(encoded, "t=2", "t=4294967295", 1),
		"trailing text":     encoded + "AAAA",
		"a part more":       encoded + "$",
		"cut off":           encoded[:len(encoded)-4],
		"not base64":        encoded[:len(encoded)-1] + "!",
	} {
		if _, err := account.ParseHash(bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestHashRedactsItself(t *testing.T) {
	store := open(t)
	add(t, service(t, account.Config{Store: store, Params: cheap}), "ada@example.com")
	user, err := store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("user", "hash", user.PasswordHash, "user", user)
	parts := strings.Split(user.PasswordHash.Encode(), "$")
	for name, shown := range map[string]string{
		"%v": fmt.Sprintf("%v", user), "%+v": fmt.Sprintf("%+v", user), "%#v": fmt.Sprintf("%#v", user),
		"%d": fmt.Sprintf("%d", user.PasswordHash), "%x": fmt.Sprintf("%x", user.PasswordHash),
		"JSON": string(text), "log": log.String(),
	} {
		if !strings.Contains(shown, "[redacted]") {
			t.Errorf("%s: %s", name, shown)
		}
		for _, secret := range append(parts[4:], fmt.Sprintf("%d", []byte(parts[5])[:4])) {
			if strings.Contains(shown, secret) {
				t.Errorf("%s shows %q: %s", name, secret, shown)
			}
		}
	}
}

func TestNormalizeEmail(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"ada@example.com", "ada@example.com"},
		{" Ada@EXAMPLE.com\t", "ada@example.com"},
		{"ada+tag@example.com", "ada+tag@example.com"},
		{"jose\u0301@example.com", "jos\u00e9@example.com"},
		{"ÄRGER@example.com", "ärger@example.com"},
		{"ada", ""},
		{"@example.com", ""},
		{"ada@", ""},
		{"ada@b@c", ""},
		{"ada lovelace@example.com", ""},
		{"ada@example.com\x00", ""},
		{"ada@example.com\u200b", ""},     // zero width space
		{"\u202emoc.elpmaxe@ada", ""},     // from right to left
		{"a\u00adda@example.com", ""},     // soft hyphen
		{"ada@example.com\ufeff", ""},     // byte order mark
		{"ada\U000e0061@example.com", ""}, // a tag
		{"ada@\xff", ""},
		{strings.Repeat("a", 251) + "@b.c", ""},
	} {
		got, err := account.NormalizeEmail(row.in)
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%q: %q, error %v; want %q", row.in, got, err, row.want)
		}
	}
}

func TestConfig(t *testing.T) {
	store := open(t)
	for name, config := range map[string]account.Config{
		"no store":          {},
		"negative parallel": {Store: store, Parallel: -1},
		"negative queue":    {Store: store, Queue: -1},
		"negative wait":     {Store: store, Wait: -1},
		"no memory":         {Store: store, Params: account.Params{Passes: 1, Lanes: 1}},
		"no lanes":          {Store: store, Params: account.Params{Memory: 64, Passes: 1}},
	} {
		if _, err := account.New(config); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
