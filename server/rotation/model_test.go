package rotation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// model is one browser, a network that loses, delays and doubles, and the engine
// over a real database.
//
// It holds the engine to this: a client that keeps the rules is never signed out,
// whatever the network does, and there is one token that rotates. The rules: the
// client comes back for a lost answer within ten minutes, or within a day if it
// still has its access token; the copy of a request is late by no more than the
// grace, is overtaken by fewer than two rotations, and is not one of a request for
// a lost answer.
type model struct {
	t *testing.T
	w *world

	// The browser.
	session string
	cookie  string
	access  *rotation.Access // nil after a reload

	// The network: a request that arrives a second time, and what is known of it.
	copied    *rotation.Request
	copiedAt  time.Time
	overtaken int

	issued map[int64]string // the token of each generation
	lostAt time.Time        // when the answer was made that the browser lacks; zero: it lacks none
}

// What can happen, one byte each.
const (
	refreshes      byte = iota // a refresh, and all goes well
	losesAnswer                // the server refreshes, the browser does not hear of it
	doubles                    // the request arrives twice, or two tabs make it
	storms                     // five tabs make it
	stormsUnheard              // five tabs make it, and all answers are lost
	copies                     // all goes well, but a copy of the request is still under way
	copyArrives                // it arrives
	calls                      // the access token is used
	reloads                    // the access token is gone
	waitsSecond                // time passes
	waitsGrace                 // ... up to the end of the grace
	waitsRecovery              // ... up to the end of the recovery
	waitsHours                 // ... up to the end of the proven recovery
	numberOfEvents int  = iota
)

// FuzzHonestClient looks for a script that signs an honest client out.
func FuzzHonestClient(f *testing.F) {
	for _, script := range [][]byte{
		{},
		{refreshes, calls, waitsHours, refreshes, calls, waitsHours},
		{losesAnswer, waitsGrace, refreshes},
		{losesAnswer, waitsGrace, losesAnswer, waitsRecovery, doubles, calls},
		{losesAnswer, waitsHours, losesAnswer, waitsSecond, refreshes},
		{losesAnswer, reloads, waitsRecovery, refreshes},
		{copies, refreshes, waitsGrace, copyArrives, calls},
		{copies, calls, refreshes, waitsSecond, copyArrives, refreshes, refreshes},
		{storms, stormsUnheard, waitsRecovery, storms, reloads, stormsUnheard, waitsRecovery},
		{copies, losesAnswer, waitsSecond, copyArrives, refreshes, calls, copies, waitsHours},
	} {
		f.Add(script)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, script []byte) {
		const enough = 36 // steps: five requests each stay below MaxReplays
		m := newModel(t, w)
		for _, event := range script[:min(len(script), enough)] {
			m.happen(event % byte(numberOfEvents))
		}
		m.arrive()
		m.refresh(1, true)
		m.wantOneLiveToken()
	})
}

func newModel(t *testing.T, w *world) *model {
	grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, w: w, session: grant.Session.ID, issued: map[int64]string{0: raw(grant)}}
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
		m.arrive()
		if m.lostAt.IsZero() {
			m.copied, m.copiedAt, m.overtaken = m.request(), m.w.clock(), -1 // by its own rotation: 0
		}
		m.refresh(1, true)
	case copyArrives:
		m.arrive()
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
		m.wait(30 * time.Second)
	case waitsRecovery:
		m.wait(10 * time.Minute)
	case waitsHours:
		m.wait(24 * time.Hour)
	}
}

func (m *model) request() *rotation.Request {
	return &rotation.Request{Tokens: []string{m.cookie}, Access: m.access}
}

// refresh sends the same request a number of times. The browser hears the last
// answer, or none.
func (m *model) refresh(times int, heard bool) {
	m.t.Helper()
	request := m.request()
	var grant rotation.Grant
	for i := range times {
		var err error
		grant, err = m.w.Refresh(m.t.Context(), *request)
		if err != nil {
			m.t.Fatalf("an honest client was refused: %v", err)
		}
		if known, again := m.issued[grant.Session.Generation]; again && known != raw(grant) {
			m.t.Fatalf("generation %d has two tokens", grant.Session.Generation)
		}
		if i > 0 && grant.Outcome == rotation.Rotated {
			m.t.Fatal("a doubled request rotated twice")
		}
		m.issued[grant.Session.Generation] = raw(grant)
		if grant.Outcome == rotation.Rotated {
			m.overtaken++
		}
	}
	switch {
	case heard:
		m.receive(grant)
	case m.lostAt.IsZero():
		m.lostAt = m.w.clock()
	}
	if m.overtaken == 1 {
		m.arrive()
	}
}

func (m *model) receive(grant rotation.Grant) {
	m.cookie, m.lostAt = raw(grant), time.Time{}
	m.access = access("u", m.session, grant.Session.Generation)
}

// arrive delivers the copy. Its answer interests nobody, but it must not end the
// session: the next refresh shows that.
func (m *model) arrive() {
	if m.copied != nil {
		_, _ = m.w.Refresh(m.t.Context(), *m.copied)
		m.copied = nil
	}
}

func (m *model) wait(d time.Duration) {
	if m.copied != nil && m.w.clock().Add(d).Sub(m.copiedAt) > 30*time.Second {
		m.arrive()
	}
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
	if !m.lostAt.IsZero() && m.w.clock().Add(wait).Sub(m.lostAt) > patience {
		m.refresh(1, true)
	}
}

// wantOneLiveToken asks of every token that was ever issued whether it would
// rotate: the browser's does, and no other.
func (m *model) wantOneLiveToken() {
	m.t.Helper()
	rec, _, err := m.w.store.Session(m.t.Context(), m.session)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.issued[rec.Generation] != m.cookie {
		m.t.Error("the browser does not have the current token")
	}
	for generation := range m.issued {
		nonce := map[int64]string{rec.Generation: rec.Nonce, rec.Generation - 1: rec.PreviousNonce}[generation]
		token := rotation.Token{SessionID: rec.ID, Generation: generation, Nonce: nonce}
		decision := rotation.Decide(rec, rotation.Presented{Token: token}, m.w.clock(), defaults(m.t))
		if rotates := decision.Outcome == rotation.Rotated; rotates != (generation == rec.Generation) {
			m.t.Errorf("generation %d of %d is %s", generation, rec.Generation, decision.Outcome)
		}
	}
}

// FuzzThief looks for an order of refreshes in which a copied cookie goes
// unnoticed. Owner and thief both use what they get. When each has refreshed more
// than twice, always later than the grace, the session is over and the alarm has
// gone off once.
func FuzzThief(f *testing.F) {
	for _, order := range []byte{0b0000, 0b0101, 0b1010, 0b0011, 0b1100, 0b1001, 0b0110} {
		for _, pauses := range []byte{0b0000, 0b1111, 0b0110} {
			f.Add(order, pauses)
		}
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, order, pauses byte) {
		first, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"})
		if err != nil {
			t.Fatal(err)
		}
		before := len(w.outcomes())
		cookies := [2]string{raw(first), raw(first)} // the owner's and the thief's
		var turns [2]int
		for step := 0; turns[0] < 3 || turns[1] < 3; step++ {
			who := int(order>>(step%8)) & 1
			if turns[who] == 3 {
				who = 1 - who
			}
			turns[who]++
			w.advance([]time.Duration{31 * time.Second, time.Hour}[pauses>>(step%8)&1])
			grant, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{cookies[who]}})
			if err != nil {
				continue
			}
			cookies[who] = raw(grant)
			if err := w.Seen(t.Context(), grant.Session.ID, grant.Session.Generation); err != nil {
				t.Fatal(err)
			}
		}
		rec, _, err := w.store.Session(t.Context(), first.Session.ID)
		if err != nil || rec.Reason != wire.ReasonReuse {
			t.Errorf("order %08b, pauses %08b: the theft went unnoticed (%v)", order, pauses, err)
		}
		if alarms := w.outcomes()[before:]; !slices.Equal(alarms, []rotation.Outcome{rotation.Reused}) {
			t.Errorf("order %08b, pauses %08b: events are %v, want one alarm", order, pauses, alarms)
		}
	})
}
