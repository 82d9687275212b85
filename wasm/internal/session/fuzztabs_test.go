package session_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// FuzzTabs plays what two tabs of a browser, their users and the network may do, in any
// order, and checks what must hold in all of them:
//
//   - no call is sent as two users;
//   - refreshes of two tabs do not overlap, unless one holds the others up for too long;
//   - once the network is well and the tabs are awake, they agree on who is signed in,
//     which is whose cookie the browser has;
//   - who has signed out is signed out on the server as well, and no token is left.
func FuzzTabs(f *testing.F) {
	f.Add(byte(0), "acCtcC")
	f.Add(byte(2), "acCtcCrRtC")
	f.Add(byte(1), "asELSwcCy")
	f.Add(byte(0), "aEccCCl")
	f.Add(byte(2), "asLswc")
	f.Add(byte(0), "agcyCgLpw")
	f.Add(byte(2), "ahtcpCopEl")
	f.Add(byte(0), "atnctTcxcC")
	f.Add(byte(1), "hXcCAY")
	f.Add(byte(2), "hXcAl")
	f.Fuzz(func(t *testing.T, where byte, script string) {
		at := []place{memory, sessionStorage, localStorage}[where%3]
		if len(script) > 64 {
			script = script[:64]
		}
		inWindow(t, 2, at, func(t *testing.T, w *window) { w.play(t, at, script) })
	})
}

// play runs a script, one letter a step: small ones are about the first tab, capitals
// about the second.
func (w *window) play(t *testing.T, at place, script string) {
	net := &network{}
	w.backend.OnRefresh = net.answer
	var calls []*sessiontest.Call
	var all sync.WaitGroup
	asleep := [2]bool{}
	for _, step := range script {
		i := 0
		if unicode.IsUpper(step) {
			i = 1
		}
		p, end := w.tabs[i], w.ends[i]
		m := p.Manager
		switch unicode.ToLower(step) {
		case 'c':
			c := p.call()
			calls = append(calls, c)
			all.Go(func() { _ = m.Do(session.Forever, c) })
		case 'a', 'e': // two users
			user := map[rune]string{'a': "ada", 'e': "eve"}[unicode.ToLower(step)]
			all.Go(func() { _, _ = m.Login(user) })
		case 'l':
			all.Go(func() { _, _ = m.Logout(session.ThisSession) })
		case 'g': // offline
			w.backend.OnLogout = func() error { return errDown }
			all.Go(func() { _, _ = m.Logout(session.ThisSession) })
		case 'r':
			all.Go(func() { _, _ = m.Refresh(session.Forever) })
		case 's':
			if asleep[i] = !asleep[i]; asleep[i] {
				end.Sleep()
			} else {
				w.wake(i)
			}
		case 'w':
			all.Go(m.Wake)
		case 'y': // a reload
			p.Close()
			w.open(i, at)
		case 't':
			w.backend.ExpireTokens()
		case 'x':
			w.backend.Revoke()
		case 'n':
			net.fail(errDown)
		case 'h':
			net.hold()
		case 'o':
			net.release()
		case 'p':
			sessiontest.Elapse(20 * time.Second)
		case 'd':
			sessiontest.Elapse(10 * time.Minute)
		}
		synctest.Wait()
	}

	net.recover()
	w.backend.OnLogout = nil
	all.Wait()
	for i := range w.tabs {
		w.wake(i)
	}
	sessiontest.Elapse(2 * time.Minute)
	for _, c := range calls {
		checkCall(t, c)
	}
	if most := w.backend.MostInAir(); most > 1 && !strings.ContainsAny(script, "hH") {
		t.Errorf("%d refreshes at once", most)
	}
	w.checkAgreement(t)

	// Whatever has happened: somebody signs in, and all is well in both tabs.
	w.tabs[1].login(t, "ada")
	w.do(t, 200)
	w.checkAgreement(t)
}

func (w *window) wake(i int) {
	w.ends[i].Wake()
	w.tabs[i].Wake()
}

// checkAgreement compares what the tabs and the server believe.
func (w *window) checkAgreement(t *testing.T) {
	t.Helper()
	w.do(t, 0) // whoever has not noticed yet that the session is over does so now
	over := w.tabs[0].hintedAway()
	owner := w.backend.Owner()
	for i, p := range w.tabs {
		var user string
		if s := p.Current(); s != nil {
			user = s.Claims.Subject
		}
		if user != owner {
			t.Errorf("tab %d is %q, the cookie is of %q", i, user, owner)
		}
		if over && p.storage.Token() != "" {
			t.Errorf("the session is over, and tab %d has its token stored", i)
		}
	}
	if over && owner != "" {
		t.Errorf("the browser believes that nobody is signed in, the server that %s is", owner)
	}
}
