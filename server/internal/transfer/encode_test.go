package transfer_test

import (
	"fmt"
	"testing"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// Rows that differ in anything are encoded differently, also where what stands in them
// one behind the other is the same.
func TestEncode(t *testing.T) {
	seen := map[string]string{}
	for _, row := range []transfer.Row{
		{nil, int64(5)},
		{int64(5), nil},
		{int64(5)},
		{int64(5), int64(0)},
		{int64(5), ""},
		{int64(5), []byte{}},
		{int64(-5)},
		{"ab", "c"},
		{"a", "bc"},
		{"abc"},
		{"abc", ""},
		{"a\x02b"},
		{"a", "b"},
		{[]byte("ab"), []byte("c")},
		{[]byte("ab"), "c"},
	} {
		encoded, text := string(transfer.Encode(nil, []transfer.Row{row})), fmt.Sprintf("%#v", row)
		if other, found := seen[encoded]; found {
			t.Errorf("%s is encoded like %s", text, other)
		}
		seen[encoded] = text
	}
}
