//go:build js && wasm

package browser

import "github.com/authfetch/authfetch/wasm/internal/session"

// Hint remembers in localStorage whether there may be a session. There is
// nothing secret in it, and a browser that blocks storage does without. It
// implements [session.Hint].
type Hint struct {
	area area
	key  string
}

var _ session.Hint = Hint{}

// The values of the hint.
const (
	hintMaybe = "maybe"
	hintNone  = "none"
)

// Hint returns the hint for the API with the given refresh URL.
func (r *Realm) Hint(refreshURL string) Hint {
	return Hint{area: r.area("localStorage"), key: "authfetch.session " + refreshURL}
}

// Load reads the hint.
func (h Hint) Load() (mayExist, known bool) {
	v, err := h.area.get(h.key)
	return v != hintNone, err == nil && v != ""
}

// Save writes the hint.
func (h Hint) Save(mayExist bool) {
	v := hintNone
	if mayExist {
		v = hintMaybe
	}
	_ = h.area.set(h.key, v)
}
