package rotation_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

// model is one browser, a network that loses, delays and doubles, and the engine
// over a real database.
//
// It holds the engine to this: a client that keeps the rules is never signed out,
// whatever the network does, and there is one token that rotates. The rules: the
// client comes back for a lost answer within ten minutes, or within a day if it
// still has its access token; a request is late by no more than the grace, to which
// the delay of the answer counts that replaced its cookie in the browser; it is
// overtaken by one more rotation at most; and an answer that is late does not
// bring back a cookie that the browser has replaced since. That is so too where the
// database is restored to what it was after the sign-in.
type model struct {
	t *testing.T
	w *world

	// The browser.
	session    string
	cookie     string
	generation int64            // of the cookie
	access     *rotation.Access // nil after a reload

	underway []late          // requests that arrive later, the oldest first
	lost     *rotation.Grant // the last answer that the browser has not heard; it may still arrive
	lostLast time.Time       // when that was made
	lostAt   time.Time       // when the first one was made; zero: the browser lacks none

	current int64            // the newest generation
	issued  map[int64]string // the token of each generation
	backup  rotation.Record  // the session as the last backup has it
}

const grace = 30 * time.Second

// late is a request on its way.
type late struct {
	request    rotation.Request
	generation int64 // of its cookie
	arrivesBy  time.Time
}

// What can happen, one byte each.
const (
	refreshes      byte = iota // a refresh, and all goes well
	losesAnswer                // the server refreshes, the browser does not hear of it
	doubles                    // the request arrives twice, or two tabs make it
	storms                     // five tabs make it
	stormsUnheard              // five tabs make it, and all answers are lost
	copies                     // all goes well, but a copy of the request is still under way
	delays                     // a request is under way, and nothing has arrived yet
	arrives                    // the oldest of those arrives; nobody waits for its answer any more
	answerArrives              // an answer that was given up arrives after all
	calls                      // the access token is used
	reloads                    // the access token is gone
	waitsSecond                // time passes
	waitsGrace                 // ... up to the end of the grace
	waitsRecovery              // ... up to the end of the recovery
	waitsHours                 // ... up to the end of the proven recovery
	backsUp                    // the database is copied
	restores                   // it fails, and the copy takes its place; whatever was under way is cut off
	numberOfEvents int  = iota
)

func newModel(t *testing.T, w *world) *model {
	grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, w: w, session: grant.Session.ID, issued: map[int64]string{0: raw(grant)}, backup: grant.Session}
	m.receive(grant)
	return m
}

func (m *model) happen(event byte) {
	switch event {
	case refreshes:
		m.refresh(1, true)
	case losesAnswer:
		m.refresh(1, false)
	case doubles:
		m.refresh(2, true)
	case storms:
		m.refresh(5, true)
	case stormsUnheard:
		m.refresh(5, false)
	case copies:
		m.send()
		m.refresh(1, true)
	case delays:
		m.send()
	case arrives:
		m.arrive()
	case answerArrives:
		if m.lost != nil {
			m.hasten(m.lostLast)
			m.receive(*m.lost)
		}
	case calls:
		if m.access != nil {
			if err := m.w.Seen(m.t.Context(), m.access.SessionID, m.access.Generation); err != nil {
				m.t.Fatal(err)
			}
		}
	case reloads:
		m.fetchLost(10*time.Minute, 0)
		m.access = nil
	case waitsSecond:
		m.wait(time.Second)
	case waitsGrace:
		m.wait(grace)
	case waitsRecovery:
		m.wait(10 * time.Minute)
	case waitsHours:
		m.wait(24 * time.Hour)
	case backsUp:
		m.backup = m.w.backUp(m.t, m.session)
	case restores:
		m.restore()
	}
}

// restore goes back to the backup. Generations that only the failed database had
// may be made a second time.
func (m *model) restore() {
	m.t.Helper()
	m.wait(ms)
	m.w.restore(m.t, m.backup)
	m.underway, m.lost = nil, nil
	if m.generation >= m.backup.Generation {
		m.lostAt = time.Time{} // what the browser has not heard of did not happen
	}
	m.current = max(m.generation, m.backup.Generation)
	maps.DeleteFunc(m.issued, func(generation int64, _ string) bool { return generation > m.current })
}

func (m *model) request() rotation.Request {
	return rotation.Request{Tokens: []string{m.cookie}, Access: m.access}
}

// refresh sends the same request a number of times. The browser hears the last
// answer, or none.
func (m *model) refresh(times int, heard bool) {
	m.t.Helper()
	request := m.request()
	var grant rotation.Grant
	for i := range times {
		var err error
		grant, err = m.w.Refresh(m.t.Context(), request)
		if err != nil {
			m.t.Fatalf("an honest client was refused: %v", err)
		}
		if i > 0 && grant.Outcome == rotation.Rotated {
			m.t.Fatal("a doubled request rotated twice")
		}
		m.answered(grant)
	}
	if heard {
		m.receive(grant)
	}
	m.keepUp()
}

// answered notes an answer that the browser has not heard yet.
func (m *model) answered(grant rotation.Grant) {
	m.t.Helper()
	generation := grant.Session.Generation
	if known, again := m.issued[generation]; again && known != raw(grant) {
		m.t.Fatalf("generation %d has two tokens", generation)
	}
	m.issued[generation], m.current = raw(grant), generation
	if generation > m.generation {
		m.lost, m.lostLast = &grant, m.w.clock()
		if m.lostAt.IsZero() {
			m.lostAt = m.w.clock()
		}
	}
}

func (m *model) receive(grant rotation.Grant) {
	m.cookie, m.generation = raw(grant), grant.Session.Generation
	m.access = access("u", m.session, m.generation)
	m.lost, m.lostAt = nil, time.Time{}
}

// send makes a request that arrives later.
func (m *model) send() {
	m.underway = append(m.underway, late{m.request(), m.generation, m.w.clock().Add(grace)})
}

// arrive delivers the oldest request that is under way. Overtaken it may be, but
// never taken for a thief's.
func (m *model) arrive() {
	m.t.Helper()
	if len(m.underway) == 0 {
		return
	}
	first := m.underway[0]
	m.underway = m.underway[1:]
	grant, err := m.w.Refresh(m.t.Context(), first.request)
	switch {
	case err == nil:
		m.answered(grant)
		m.keepUp()
	case !errors.Is(err, rotation.ErrSuperseded):
		m.t.Fatalf("a late request was refused: %v", err)
	}
}

// hasten takes the time that an answer was under way off the patience with the
// requests beside it.
func (m *model) hasten(answeredAt time.Time) {
	m.t.Helper()
	for i := range m.underway {
		if by := answeredAt.Add(grace); by.Before(m.underway[i].arrivesBy) {
			m.underway[i].arrivesBy = by
		}
	}
	m.deliver(m.w.clock())
}

// deliver delivers what has to arrive before that time.
func (m *model) deliver(before time.Time) {
	m.t.Helper()
	for len(m.underway) > 0 && m.underway[0].arrivesBy.Before(before) {
		m.arrive()
	}
}

// keepUp delivers what one more rotation would overtake for good.
func (m *model) keepUp() {
	m.t.Helper()
	for len(m.underway) > 0 && m.current-m.underway[0].generation >= 2 {
		m.arrive()
	}
}

func (m *model) wait(d time.Duration) {
	m.t.Helper()
	m.deliver(m.w.clock().Add(d))
	patience := 24 * time.Hour
	if m.access == nil {
		patience = 10 * time.Minute
	}
	m.fetchLost(patience, d)
	m.w.advance(d)
}

// fetchLost makes the client keep the rules: it fetches a lost answer before its
// patience with that is over.
func (m *model) fetchLost(patience, wait time.Duration) {
	m.t.Helper()
	if !m.lostAt.IsZero() && m.w.clock().Add(wait).Sub(m.lostAt) > patience {
		m.refresh(1, true)
	}
}
