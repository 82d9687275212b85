package session

import "slices"

// queue lets those who wait in it go in the order in which they came: each, when
// it is on its way, lets the next one go. A channel that is closed for all would
// wake them in any order, and the page's calls would go out shuffled.
//
// The manager's lock guards it.
type queue struct {
	open  bool
	turns []chan struct{}
}

// enter joins the queue; the caller waits for its turn, and then calls leave.
func (q *queue) enter() (turn chan struct{}) {
	turn = make(chan struct{})
	q.turns = append(q.turns, turn)
	if q.open {
		q.next()
	}
	return turn
}

// release opens the queue for good.
func (q *queue) release() {
	if !q.open {
		q.open = true
		q.next()
	}
}

// leave ends the wait of one whose turn has come, or who has had enough.
func (q *queue) leave(turn chan struct{}) {
	select {
	case <-turn:
		q.next()
	default:
		q.turns = slices.DeleteFunc(q.turns, func(t chan struct{}) bool { return t == turn })
	}
}

func (q *queue) next() {
	if len(q.turns) > 0 {
		close(q.turns[0])
		q.turns = q.turns[1:]
	}
}
