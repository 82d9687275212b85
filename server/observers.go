package server

import "context"

// Observers joins several observers into one: each hears of every event, in the
// order given. Nil ones are left out.
func Observers(observers ...Observer) Observer {
	var some joined
	for _, o := range observers {
		if o != nil {
			some = append(some, o)
		}
	}
	return some
}

type joined []Observer

func (j joined) Observe(ctx context.Context, event Event) {
	for _, o := range j {
		o.Observe(ctx, event)
	}
}
