package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// offline is a window with two tabs, of which the first has signed out while nothing
// reached the server.
func offline(t *testing.T, trouble error, f func(t *testing.T, w *window, online func())) {
	t.Helper()
	inWindow(t, 2, localStorage, func(t *testing.T, w *window) {
		w.backend.OnLogout = func() error { return trouble }
		revoked, err := w.tabs[0].Logout(session.ThisSession)
		if revoked || err != nil {
			t.Fatalf("logout: %t, %v", revoked, err)
		}
		for _, p := range w.tabs {
			p.wantEvents(t, session.ByLogout)
		}
		if w.storage.Token() != "" {
			t.Error("the token is still stored")
		}
		f(t, w, func() { w.backend.OnLogout = nil })
	})
}

func (w *window) wantLogouts(t *testing.T, want int) {
	t.Helper()
	w.settle()
	if got := w.backend.Logouts(); got != want {
		t.Errorf("logouts on the server: got %d, want %d", got, want)
	}
}

func TestLogoutOfflineIsToldWhenTheNetworkIsBack(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, online func()) {
		refreshes := w.backend.Refreshes()
		wantStatus(t, w.tabs[0].do(t), 401)
		w.wantLogouts(t, 0)
		online()
		for _, p := range w.tabs {
			p.Wake()
		}
		w.wantLogouts(t, 1)
		for _, p := range w.tabs {
			p.Wake()
		}
		w.wantLogouts(t, 1)
		if got := w.backend.Refreshes() - refreshes; got != 0 {
			t.Errorf("%d refreshes", got)
		}
	})
}

func TestLogoutOfflineIsToldByAnotherTab(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, online func()) {
		w.tabs[0].Close()
		online()
		w.tabs[1].Wake()
		w.wantLogouts(t, 1)
	})
}

func TestLogoutOfflineIsTriedAgain(t *testing.T) {
	offline(t, &session.Error{Code: wire.TemporarilyUnavailable, Status: 503, RetryAfter: 90}, func(t *testing.T, w *window, online func()) {
		online()
		sessiontest.Elapse(89 * time.Second)
		w.wantLogouts(t, 0)
		sessiontest.Elapse(time.Second)
		w.wantLogouts(t, 1)
	})
}

func TestLogoutOfflineOutlivesThePage(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, online func()) {
		for _, p := range w.tabs {
			p.Close()
		}
		online()
		refreshes := w.backend.Refreshes()
		w.open(0, localStorage)
		w.wantLogouts(t, 1)
		if w.tabs[0].Ready() != nil || w.backend.Refreshes() != refreshes {
			t.Error("the reload has looked for the session that was signed out of")
		}
		w.open(1, localStorage)
		w.wantLogouts(t, 1)
	})
}

func TestLogoutOfflineIsNotUndoneByARefresh(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, _ func()) {
		_, err := w.tabs[0].Refresh(session.Forever)
		if e, ok := errors.AsType[*session.Error](err); !ok || e.Code != session.CodeSessionOver {
			t.Errorf("refresh: %v", err)
		}
		if w.tabs[0].Current() != nil {
			t.Error("signed in again")
		}
	})
}

func TestLoginOvertakesALogoutThatWasNotTold(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, online func()) {
		online()
		w.tabs[1].login(t, "ada")
		for _, p := range w.tabs {
			p.Wake()
		}
		sessiontest.Elapse(5 * time.Minute)
		w.wantLogouts(t, 0)
		w.do(t, 200)
	})
}

func TestLogoutThatTheServerRefusesIsNotTriedAgain(t *testing.T) {
	offline(t, &session.Error{Code: wire.NotFound, Status: 404}, func(t *testing.T, w *window, online func()) {
		online()
		w.tabs[0].Wake()
		sessiontest.Elapse(time.Hour)
		w.wantLogouts(t, 0)
	})
}

func TestLogoutThatALoginOvertakesLeavesItsMark(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		answer := make(chan struct{})
		w.backend.OnLogout = func() error {
			<-answer
			return &session.Error{Code: wire.NotFound, Status: 404} // the session is another one by now
		}
		done := make(chan error)
		go func() {
			_, err := w.tabs[0].Logout(session.ThisSession)
			done <- err
		}()
		synctest.Wait()
		w.ends[0].Sleep()         // it hears of it from the hint alone
		w.tabs[1].login(t, "ada") // without the lock, after 5 s
		close(answer)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := w.tabs[0].hint.Load().State; got != session.MayLive {
			t.Errorf("the mark says %q", got)
		}
	})
}

func TestLogoutOfAnInstanceThatIsDestroyed(t *testing.T) {
	inWindow(t, 2, memory, func(t *testing.T, w *window) {
		w.Hang() // so that the logout has to wait
		done := make(chan bool)
		go func() {
			revoked, _ := w.tabs[0].Logout(session.ThisSession)
			done <- revoked
		}()
		synctest.Wait()
		w.tabs[0].Close()
		if !<-done {
			t.Error("the server was not told")
		}
		if got := w.tabs[0].hint.Load().State; got != session.Gone {
			t.Errorf("the mark says %q", got)
		}
	})
}

func TestFarewellThatFailsIsNotTriedAgainByADestroyedInstance(t *testing.T) {
	offline(t, errDown, func(t *testing.T, w *window, _ func()) {
		asked := 0
		w.backend.OnLogout = func() error {
			asked++
			w.tabs[0].Close()
			return errDown
		}
		w.tabs[0].Wake()
		sessiontest.Elapse(time.Hour)
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
