package main_test

import (
	"fmt"
	"sync"
)

// person is a user whose password is changed from several devices, and what can be
// known of that from the answers. Each password has a number.
type person struct {
	email string
	spare func() *person

	change sync.Mutex // held by the device that changes the password

	mu    sync.Mutex
	known knowledge
	next  *person
}

// knowledge is what answers have told so far.
type knowledge struct {
	done  int // the password that is certainly as old as this one, or newer
	asked int // the newest one that the server may have
}

// password is the one with that number.
func (p *person) password(number int) string {
	if number == 0 {
		return fleetPassword
	}
	return fmt.Sprintf("%s %d", fleetPassword, number)
}

func (p *person) knows() knowledge {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known
}

// ask is called before another password is asked for, and returns its number.
func (p *person) ask() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.asked = p.known.done + 1
	return p.known.asked
}

// unask is called when the password that was asked for has certainly not been taken.
func (p *person) unask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.asked = p.known.done
}

// changed is called when the new password is certain.
func (p *person) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.done = p.known.asked
}

// replacement is another user for devices of this one. Proofs of a password that a
// kill has cut off count as attempts that may still fail, and ten of one user's are
// too many for a quarter of an hour.
func (p *person) replacement() *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = p.spare()
	}
	return p.next
}
