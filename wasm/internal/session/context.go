package session

// Context bounds how long a caller waits, as a context.Context does. That one
// would bring the formatting of dates into the module, and with its channel the
// runtime's select: together a thirtieth of what the page loads.
type Context interface {
	// AfterFunc calls f, once and not at once, when the caller does not want to
	// wait any more, unless stop is called before.
	AfterFunc(f func()) (stop func())
	// Err says why the caller does not want to wait; nil while it does.
	Err() error
}

// Forever is the context of a caller who always waits.
var Forever Context = forever{}

type forever struct{}

func (forever) AfterFunc(func()) (stop func()) { return func() {} }
func (forever) Err() error                     { return nil }
