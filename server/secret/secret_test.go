package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/secret"
)

// Every way of printing a secret that the standard library has, also inside other
// values.
func TestValueRedacts(t *testing.T) {
	const hidden = "hunter2"
	type holder struct {
		Text  secret.String
		Bytes secret.Bytes
		Map   map[string]secret.String
		text  secret.String // fmt calls no methods on this one
		bytes []secret.Bytes
	}
	text, raw := secret.New(hidden), secret.New([]byte(hidden))
	inside := holder{text, raw, map[string]secret.String{"k": text}, text, []secret.Bytes{raw}}

	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%08.3f", "%t", "%p"} {
		for _, value := range []any{text, &text, raw, &raw, inside, &inside, []any{text, raw}, fmt.Errorf("%w: %v", fmt.Errorf("e"), text)} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	fmt.Fprintln(&printed, text, raw, text.String(), raw.String(), text.GoString(), raw.GoString())
	for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		slog.New(handler).Info("m", "text", text, "bytes", raw, "inside", inside, "pointer", &inside)
	}
	for _, value := range []any{text, &text, raw, inside} {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("marshal %T: %v", value, err)
		}
		printed.Write(encoded)
	}

	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprint([]byte(hidden)), "aHVudGVyM"} {
		if strings.Contains(printed.String(), form) {
			t.Errorf("%q is printed in\n%s", form, &printed)
		}
	}
	if n := strings.Count(printed.String(), "[redacted]"); n < 100 {
		t.Errorf("%d redactions, want one for each time a secret was printed", n)
	}
	if text.Reveal() != hidden || string(raw.Reveal()) != hidden {
		t.Error("Reveal does not give the secret back")
	}
}

func TestValueEqual(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b secret.String
		want bool
	}{
		{"same", secret.New("abc"), secret.New("abc"), true},
		{"other", secret.New("abc"), secret.New("abd"), false},
		{"prefix", secret.New("abc"), secret.New("ab"), false},
		{"empty", secret.String{}, secret.New(""), true},
	} {
		if got := test.a.Equal(test.b); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
	if zero := (secret.Bytes{}); !zero.IsZero() || secret.New("a").IsZero() {
		t.Error("IsZero is wrong")
	}
}
