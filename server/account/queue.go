package account

import (
	"context"
	"fmt"
	"time"
)

// queue lets a few callers work and some more wait, and turns the others away:
// a server that takes on more than it can do answers nobody.
type queue struct {
	places chan struct{} // those who work and those who wait
	turns  chan struct{} // those who work
	wait   time.Duration
}

func newQueue(working, waiting int, wait time.Duration) *queue {
	return &queue{
		places: make(chan struct{}, working+waiting), turns: make(chan struct{}, working), wait: wait,
	}
}

// enter waits for the caller's turn, which lasts until leave is called. The error
// wraps ErrBusy; where the context ended, its cause too.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	select {
	case q.places <- struct{}{}:
	default:
		return nil, fmt.Errorf("%w: the queue is full", ErrBusy)
	}
	defer func() {
		if err != nil {
			<-q.places
		}
	}()
	leave = func() { <-q.turns; <-q.places }
	select {
	case q.turns <- struct{}{}:
		return leave, nil // nobody waits, and so neither does this one
	default:
	}
	patience := time.NewTimer(q.wait)
	defer patience.Stop()
	select {
	case q.turns <- struct{}{}:
		return leave, nil
	case <-patience.C:
		return nil, fmt.Errorf("%w: waited for %s", ErrBusy, q.wait)
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
	}
}
