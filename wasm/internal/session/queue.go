package session

import "slices"

// queue lets those who wait in it go in the order in which they came: each, when
// it is on its way, lets the next one go. A channel that is closed for all would
// wake them in any order, and the page's calls would go out shuffled.
//
// The manager's lock guards it.
type queue struct {
	open  bool
	turns []*turn
}

// turn is one place in a queue.
type turn struct {
	come      chan struct{} // closed when the wait is over
	abandoned bool          // it was given up before the turn had come
}

// enter joins the queue.
func (q *queue) enter() *turn {
	t := &turn{come: make(chan struct{})}
	q.turns = append(q.turns, t)
	if q.open {
		q.next()
	}
	return t
}

// release opens the queue for good.
func (q *queue) release() {
	if !q.open {
		q.open = true
		q.next()
	}
}

// abandon ends the wait for a turn that has not come yet.
func (q *queue) abandon(t *turn) {
	if i := slices.Index(q.turns, t); i >= 0 {
		q.turns = slices.Delete(q.turns, i, i+1)
		t.abandoned = true
		close(t.come)
	}
}

// leave must follow every wait: it lets the next one go.
func (q *queue) leave(t *turn) {
	if !t.abandoned {
		q.next()
	}
}

func (q *queue) next() {
	if len(q.turns) > 0 {
		close(q.turns[0].come)
		q.turns = slices.Delete(q.turns, 0, 1)
	}
}
