package rotation_test

import (
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
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
		{copies, refreshes, waitsGrace, arrives, calls},
		{copies, calls, refreshes, waitsSecond, arrives, refreshes, refreshes},
		{storms, stormsUnheard, waitsRecovery, storms, reloads, stormsUnheard, waitsRecovery},
		{copies, losesAnswer, waitsSecond, arrives, refreshes, calls, copies, waitsHours},
		{losesAnswer, waitsRecovery, copies, calls, waitsGrace, arrives},
		{losesAnswer, waitsRecovery, copies, calls, refreshes, waitsGrace, arrives},
		{losesAnswer, waitsHours, delays, refreshes, calls, waitsGrace, arrives, refreshes},
		{losesAnswer, waitsSecond, delays, waitsSecond, copies, calls, waitsGrace, arrives, arrives},
		{storms, stormsUnheard, waitsRecovery, delays, answerArrives, storms},
		{delays, losesAnswer, waitsGrace, answerArrives, calls, refreshes},
		{delays, waitsGrace, refreshes, calls, delays, refreshes, answerArrives},
		{refreshes, refreshes, refreshes, restores, doubles, calls, waitsHours},
		{backsUp, refreshes, calls, restores, refreshes, refreshes, restores, storms, copies, waitsGrace, arrives},
		{losesAnswer, backsUp, waitsHours, losesAnswer, refreshes, restores, losesAnswer, waitsHours, refreshes},
		{refreshes, losesAnswer, backsUp, restores, waitsGrace, doubles, delays, restores, stormsUnheard, refreshes},
	} {
		f.Add(script)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, script []byte) {
		// steps: five requests each, and the late ones, stay below MaxReplays; a day each
		// stays below IdleTTL
		const enough = 29
		m := newModel(t, w)
		for _, event := range script[:min(len(script), enough)] {
			m.happen(event % byte(numberOfEvents))
		}
		for len(m.underway) > 0 {
			m.arrive()
		}
		m.refresh(1, true)
		m.wantOneLiveToken()
	})
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
