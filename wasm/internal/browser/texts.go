//go:build js && wasm

package browser

import (
	"github.com/authfetch/authfetch/server/wire"
	"github.com/hack-pad/safejs"
)

// texts are strings as JavaScript has them, made once: to compare with one of
// these or to pass it on costs nothing, while a Go string crosses anew each time.
type texts struct {
	authorization safejs.Value
	get, head     safejs.Value
	noCORS        safejs.Value
}

func newTexts() (t texts, err error) {
	for _, text := range []struct {
		value string
		into  *safejs.Value
	}{
		{wire.HeaderAuthorization, &t.authorization},
		{"GET", &t.get},
		{"HEAD", &t.head},
		{"no-cors", &t.noCORS},
	} {
		if *text.into, err = safejs.ValueOf(text.value); err != nil {
			return texts{}, err
		}
	}
	return t, nil
}
