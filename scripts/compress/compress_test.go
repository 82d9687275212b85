package compress_test

import (
	"bytes"
	"testing"

	"github.com/authfetch/authfetch/scripts/compress"
)

func TestFormats(t *testing.T) {
	content := bytes.Repeat([]byte("the same line again\n"), 1000)
	for _, format := range []compress.Format{compress.Brotli(), compress.Gzip()} {
		t.Run(format.Name, func(t *testing.T) {
			packed, err := format.Pack(content)
			if err != nil {
				t.Fatal(err)
			}
			if len(packed) > len(content)/50 {
				t.Errorf("%d bytes became %d", len(content), len(packed))
			}
			for name, test := range map[string]struct {
				packed, content []byte
				want            bool
			}{
				"the same":     {packed, content, true},
				"longer":       {packed, append(content[:len(content):len(content)], 'x'), false},
				"shorter":      {packed, content[:len(content)-1], false},
				"one changed":  {packed, bytes.Replace(content, []byte("again"), []byte("agaim"), 1), false},
				"half written": {packed[:len(packed)/2], content, false},
				"not packed":   {content, content, false},
				"empty":        {nil, content, false},
			} {
				if got := format.Holds(test.packed, test.content); got != test.want {
					t.Errorf("%s: Holds = %v, want %v", name, got, test.want)
				}
			}
		})
	}
}
