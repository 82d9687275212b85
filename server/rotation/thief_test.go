package rotation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// FuzzThief looks for an order of refreshes in which a copied cookie goes
// unnoticed. Owner and thief both use what they get, and both lose answers. When
// each has refreshed more than twice, always later than the grace, the session is
// over and the alarm has gone off once. So it is in a session that has gone forward
// after a restore.
func FuzzThief(f *testing.F) {
	for _, order := range []byte{0b0000, 0b0101, 0b1010, 0b0011, 0b1100, 0b1001, 0b0110} {
		for _, pauses := range []byte{0b0000, 0b1111, 0b0110} {
			for _, losses := range []byte{0b0000, 0b0001, 0b0010, 0b0101, 0b0011} {
				f.Add(order, pauses, losses, false)
				f.Add(order, pauses, losses, true)
			}
		}
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, order, pauses, losses byte, restored bool) {
		first, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"})
		if err != nil {
			t.Fatal(err)
		}
		if restored {
			first = forwarded(t, w, first)
		}
		before := len(w.outcomes())
		cookies := [2]string{raw(first), raw(first)} // the owner's and the thief's
		var turns [2]int
		for step := 0; turns[0] < 3 || turns[1] < 3; step++ {
			who := int(order>>(step%8)) & 1
			if turns[who] == 3 {
				who = 1 - who
			}
			w.advance([]time.Duration{31 * time.Second, time.Hour}[pauses>>(step%8)&1])
			grant, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{cookies[who]}})
			if step < 8 && losses>>step&1 == 1 {
				continue
			}
			turns[who]++
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
			t.Errorf("order %08b, pauses %08b, losses %08b: the theft went unnoticed (%v)", order, pauses, losses, err)
		}
		alarms := slices.DeleteFunc(w.outcomes()[before:], func(o rotation.Outcome) bool { return o == rotation.Recovered })
		if !slices.Equal(alarms, []rotation.Outcome{rotation.Reused}) {
			t.Errorf("order %08b, pauses %08b, losses %08b: events are %v, want one alarm", order, pauses, losses, alarms)
		}
	})
}
