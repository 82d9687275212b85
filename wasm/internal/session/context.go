package session

// Context bounds how long a caller waits. Every context.Context is one; the
// module in the page does without that package, which would bring along the
// formatting of dates.
type Context interface {
	// Done is closed when the caller does not want to wait any more. A nil
	// channel is never closed.
	Done() <-chan struct{}
	// Err says why, once Done is closed.
	Err() error
}

// Forever is the context of a caller who always waits.
var Forever Context = forever{}

type forever struct{}

func (forever) Done() <-chan struct{} { return nil }
func (forever) Err() error            { return nil }
