package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// Observers joins several observers into one: each hears of every event, in the
// order given. Nil ones are left out; without any, nobody listens.
func Observers(observers ...Observer) Observer {
	var all joined
	for _, o := range observers {
		switch o := o.(type) {
		case nil:
		case joined:
			all = append(all, o...)
		default:
			all = append(all, o)
		}
	}
	return all
}

type joined []Observer

func (j joined) Observe(ctx context.Context, event Event) {
	for _, o := range j {
		o.Observe(ctx, event)
	}
}

// eventHandler handles a request that observers hear of. It fills in the event and
// returns what answers the request: nothing goes out before they have heard.
type eventHandler func(c echo.Context, event *Event) (answer func() error, err error)

// observed is guard for such a handler. It tells the observers once for each
// request, whatever becomes of it.
func (a *Auth) observed(kind EventType, next eventHandler) echo.HandlerFunc {
	return a.answered(func(c echo.Context) error {
		start := a.config.Now()
		event := Event{Type: kind, Client: a.client(c.Request())}
		var answer func() error
		err := a.admitted(c, func(c echo.Context) (err error) {
			answer, err = next(c, &event)
			return err
		})
		var f *failure
		if err != nil {
			f = failureOf(err)
			f.observed = true
			event.refused(f)
		}
		event.Time = a.config.Now()
		event.Took = event.Time.Sub(start)
		a.observe(c.Request().Context(), event)
		if f != nil {
			return f
		}
		return answer()
	})
}

// observe tells the observers.
func (a *Auth) observe(ctx context.Context, event Event) {
	for _, o := range a.observers {
		a.tell(ctx, o, event)
	}
}

// tell tells one of them. If it panics, that costs its own record and nothing
// else: what happened has happened, and the client gets its answer.
func (a *Auth) tell(ctx context.Context, o Observer, event Event) {
	defer func() {
		if p := recover(); p != nil {
			a.log.LogAttrs(ctx, slog.LevelError, "an observer panicked",
				slog.String("event", string(event.Type)), slog.String("cause", fmt.Sprintf("%v\n%s", p, debug.Stack())))
		}
	}()
	o.Observe(ctx, event)
}
