//go:build js && wasm

package browser

import (
	"strconv"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Hint keeps the mark of the browser in localStorage. There is nothing secret in it,
// and a browser that blocks storage does without. It implements [session.Hint].
type Hint struct {
	area area
	key  string
}

var _ session.Hint = Hint{}

// Hint returns the hint for the API with the given refresh URL.
func (r *Realm) Hint(refreshURL string) Hint {
	return Hint{area: r.area("localStorage"), key: "authfetch.session " + refreshURL}
}

// Load reads the mark.
func (h Hint) Load() session.Mark {
	v, err := h.area.get(h.key)
	if err != nil {
		return session.Mark{}
	}
	return h.area.realm.mark(v)
}

// Save writes the mark.
func (h Hint) Save(mark session.Mark) { _ = h.area.set(h.key, markText(mark)) }

// markText is a mark as text: "maybe 1732800000123".
func markText(mark session.Mark) string {
	return string(mark.State) + " " + strconv.FormatInt(mark.ID, 10)
}

// mark reads a text of markText; the zero mark where it is none.
func (r *Realm) mark(text string) session.Mark {
	state, id, _ := strings.Cut(text, " ")
	switch s := session.State(state); s {
	case session.MayLive, session.Gone, session.Leaving:
		n, _ := r.number(id)
		return session.Mark{State: s, ID: int64(limited(n, 1<<53))}
	}
	return session.Mark{}
}
