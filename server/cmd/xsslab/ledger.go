package main

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// What the ledger keeps: it is open to every page that runs on this machine.
const (
	maxRuns     = 500
	maxReceipts = 40       // of a run
	maxLoot     = 64 << 10 // bytes of one
	maxShown    = 2 << 10  // bytes that are shown of it
)

// attack is one payload in one room.
type attack struct {
	ID      string    `json:"id"`
	Room    string    `json:"room"`
	Payload string    `json:"payload"`
	At      time.Time `json:"at"`
	// Done says that the payload has come to its end: what it has not sent by then
	// it has not found.
	Done     bool      `json:"done"`
	Received []receipt `json:"received"`
	Loot     []*loot   `json:"loot"`
	// Takes is what that comes to.
	Takes []taken `json:"takes"`
}

// receipt is something that has arrived.
type receipt struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// ledger is what the attacker knows. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	version int
	changed chan struct{} // closed at the next change
	attacks []*attack     // oldest first
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{}), attacks: []*attack{}} }

// change runs f alone, and tells those who wait.
func (l *ledger) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	for _, a := range l.attacks {
		a.Takes = a.takes()
	}
	l.version++
	close(l.changed)
	l.changed = make(chan struct{})
}

// begin notes that a payload is on its way.
func (l *ledger) begin(room, payload string, now time.Time) (id string) {
	id = rand.Text()
	l.change(func() {
		if len(l.attacks) == maxRuns {
			l.attacks = l.attacks[1:]
		}
		l.attacks = append(l.attacks, &attack{ID: id, Room: room, Payload: payload, At: now, Received: []receipt{}, Loot: []*loot{}})
	})
	return id
}

// latest is the id of the last attack on a room, which is whose a one-liner is:
// it says nothing about itself.
func (l *ledger) latest(room string) (id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.attacks {
		if a.Room == room {
			id = a.ID
		}
	}
	return id
}

// receive notes what has arrived, and returns the loot in it that is new.
func (l *ledger) receive(id, text string, now time.Time) (room string, fresh []*loot) {
	l.change(func() {
		for _, a := range l.attacks {
			if a.ID != id || len(a.Received) == maxReceipts {
				continue
			}
			room = a.Room
			a.Received = append(a.Received, receipt{now, strings.ToValidUTF8(shortened(text), "�")})
			for _, found := range search(text) {
				if !a.has(found) {
					a.Loot = append(a.Loot, found)
					fresh = append(fresh, found)
				}
			}
			return
		}
	})
	return room, fresh
}

func (a *attack) has(other *loot) bool {
	for _, known := range a.Loot {
		if known.secret == other.secret {
			return true
		}
	}
	return false
}

// loot is what an attack has brought so far. What is read of it does not change.
func (l *ledger) loot(id string) (all []*loot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.attacks {
		if a.ID == id {
			all = append(all, a.Loot...)
		}
	}
	return all
}

// done notes that a payload has come to its end.
func (l *ledger) done(id string) {
	l.change(func() {
		for _, a := range l.attacks {
			if a.ID == id {
				a.Done = true
			}
		}
	})
}

// read runs f, once there is something newer than that version or the context ends.
func (l *ledger) read(ctx context.Context, after int, f func(version int, attacks []*attack)) {
	l.mu.Lock()
	for l.version <= after && ctx.Err() == nil {
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		l.mu.Lock()
	}
	defer l.mu.Unlock()
	f(l.version, l.attacks)
}

func shortened(text string) string {
	if len(text) > maxShown {
		return text[:maxShown] + " …"
	}
	return text
}
