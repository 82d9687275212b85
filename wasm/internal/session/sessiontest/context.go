package sessiontest

import (
	"context"

	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Context is a context.Context as a [session.Context].
func Context(ctx context.Context) session.Context { return adapted{ctx} }

type adapted struct{ context.Context }

func (a adapted) AfterFunc(f func()) (stop func()) {
	cancel := context.AfterFunc(a.Context, f)
	return func() { cancel() }
}
