package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/secret"
)

// line is a line of a secret file: a key of one repeated byte.
func line(id string, fill byte) string {
	return id + " " + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(string(fill), 32))) + "\n"
}

func parse(t *testing.T, text string) secret.Set {
	t.Helper()
	set, err := secret.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestParse(t *testing.T) {
	good := strings.TrimSpace(line("k1", 'a'))
	for _, test := range []struct {
		name, text string
		want       error
		ids        string
	}{
		{"one", good, nil, "k1"},
		{"two, the first mints", line("k2", 'b') + line("k1", 'a'), nil, "k2 k1"},
		{"comments, blanks, other line ends", "# c\r\n\r\n  " + good + "  \r\n#\n", nil, "k1"},
		{"empty", "", secret.ErrNoKey, ""},
		{"comments only", "# c\n\n", secret.ErrNoKey, ""},
		{"no id", good[3:], secret.ErrFormat, ""},
		{"no secret", "k1", secret.ErrFormat, ""},
		{"too short", "k1 " + good[6:], secret.ErrFormat, ""},
		{"too long", good + "AAAA", secret.ErrFormat, ""},
		{"padded", good + "=", secret.ErrFormat, ""},
		{"not base64url", "k1 " + strings.Repeat("+", 43), secret.ErrFormat, ""},
		{"id with a quote", `k" ` + good[3:], secret.ErrFormat, ""},
		{"long id", strings.Repeat("k", 33) + " " + good[3:], secret.ErrFormat, ""},
		{"an id twice", line("k1", 'a') + line("k1", 'b'), secret.ErrFormat, ""},
		{"something else", "-----BEGIN PRIVATE KEY-----\n", secret.ErrFormat, ""},
		{"one endless line", strings.Repeat("x", 1<<20), secret.ErrFormat, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := secret.Parse([]byte(test.text))
			if !errors.Is(err, test.want) {
				t.Fatalf("error is %v, want %v", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), good[10:20]) {
				t.Errorf("the error quotes the secret: %v", err)
			}
			var ids []string
			for key := range set.All() {
				ids = append(ids, key.ID)
			}
			if got := strings.Join(ids, " "); got != test.ids || set.Primary().ID != strings.SplitN(test.ids, " ", 2)[0] {
				t.Errorf("keys are %q, the first %q, want %q", got, set.Primary().ID, test.ids)
			}
			if set.IsZero() != (test.ids == "") {
				t.Errorf("IsZero is %t", set.IsZero())
			}
		})
	}
}

func TestSetRedacts(t *testing.T) {
	set := parse(t, line("k1", 'a'))
	derived, err := set.Primary().Derive("p", "i", 32)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %v %+v %#v %v %x", set, set, set, set.Primary(), set.Primary(), set.Primary(), derived, derived)
	for _, form := range []string{"aaaa", "6161", "97 97", hex.EncodeToString(derived.Reveal())} {
		if strings.Contains(text, form) {
			t.Errorf("%q is printed: %s", form, text)
		}
	}
}

// The values are fixed: another one would make every token and key useless that
// was made before. They come from an independent HKDF (RFC 5869).
func TestDerive(t *testing.T) {
	key := parse(t, line("k1", 'a')).Primary()
	derive := func(purpose, issuer string) string {
		t.Helper()
		value, err := key.Derive(purpose, issuer, 16)
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(value.Reveal())
	}
	if got, want := derive("refresh token", "https://a.example"), "d66ca81781c80c929cfe5d73626e51e4"; got != want {
		t.Errorf("derived %s, want %s", got, want)
	}
	seen := map[string]string{}
	for _, in := range [][2]string{
		{"refresh token", "https://a.example"},
		{"refresh token", "https://b.example"},
		{"refresh token", ""},
		{"sealing", "https://a.example"},
		{"refresh", " tokenhttps://a.example"},
		{"", ""},
	} {
		value := derive(in[0], in[1])
		if other, twice := seen[value]; twice {
			t.Errorf("%q and %q derive the same key", in, other)
		}
		seen[value] = fmt.Sprint(in)
	}
	if _, err := (secret.Key{}).Derive("p", "i", 16); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("the zero key derives: %v, want %v", err, secret.ErrNoKey)
	}
	if _, err := key.Derive("p", "i", 1<<20); err == nil {
		t.Error("a key longer than HKDF can make was derived")
	}
}

func TestSeal(t *testing.T) {
	const associated = "signing key 1"
	plain := secret.New([]byte("private"))
	old, both := parse(t, line("k1", 'a')), parse(t, line("k2", 'b')+line("k1", 'a'))
	sealed, err := old.Seal(plain, associated)
	if err != nil {
		t.Fatal(err)
	}
	again, err := old.Seal(plain, associated)
	if err != nil || string(again) == string(sealed) {
		t.Errorf("sealing twice gives the same (%v)", err)
	}
	changed := func(i int) []byte {
		c := append([]byte(nil), sealed...)
		c[i] ^= 1
		return c
	}
	for _, test := range []struct {
		name       string
		set        secret.Set
		sealed     []byte
		associated string
		want       error
	}{
		{"the same set", old, sealed, associated, nil},
		{"a set with a newer key", both, sealed, associated, nil},
		{"another key of the same id", parse(t, line("k1", 'c')), sealed, associated, secret.ErrSealed},
		{"a set without the key", parse(t, line("k2", 'b')), sealed, associated, secret.ErrSealed},
		{"for something else", old, sealed, "signing key 2", secret.ErrSealed},
		{"key id changed", old, changed(0), associated, secret.ErrSealed},
		{"nonce changed", old, changed(3), associated, secret.ErrSealed},
		{"ciphertext changed", old, changed(len(sealed) - 20), associated, secret.ErrSealed},
		{"tag changed", old, changed(len(sealed) - 1), associated, secret.ErrSealed},
		{"cut", old, sealed[:10], associated, secret.ErrSealed},
		{"empty", old, nil, associated, secret.ErrSealed},
		{"no set", secret.Set{}, sealed, associated, secret.ErrSealed},
	} {
		opened, err := test.set.Open(test.sealed, test.associated)
		if !errors.Is(err, test.want) || (err == nil) != opened.Equal(plain) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := (secret.Set{}).Seal(plain, associated); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("the zero set seals: %v, want %v", err, secret.ErrNoKey)
	}
}

func TestCheckValue(t *testing.T) {
	value, err := parse(t, line("k1", 'a')).CheckValue()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		set  secret.Set
		want bool
	}{
		{"the same key", parse(t, line("k1", 'a')), true},
		{"a newer key besides", parse(t, line("k2", 'b')+line("k1", 'a')), true},
		{"another key", parse(t, line("k2", 'b')), false},
		{"another key of the same id", parse(t, line("k1", 'b')), false},
		{"the same key under another id", parse(t, line("k2", 'a')), false},
		{"no key", secret.Set{}, false},
	} {
		if got := test.set.Matches(value); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
	if _, err := (secret.Set{}).CheckValue(); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("the zero set has a check value: %v", err)
	}
}
