package session_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// FuzzManager plays whatever a page, its user, the network and the server may
// do, in any order, and checks what must hold in all of them:
//
//   - every call settles, after three sends at the most, and none is sent as two
//     users;
//   - the refreshes of one page do not overlap, unless one is overdue;
//   - a session that is over leaves no token in the storage;
//   - once the network and the server are well again, so is the session.
func FuzzManager(f *testing.F) {
	f.Add([]byte("LcecC"))
	f.Add([]byte("LehccccOccl"))
	f.Add([]byte("LenccccpLccx"))
	f.Add([]byte("LehcaWlLcOcrrR"))
	f.Add([]byte("LeTcpcwcsc3cicd"))
	f.Add([]byte("LehcccWWccOEceRce"))
	f.Add([]byte("LemcehMcOcLdM"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 64 {
			script = script[:64]
		}
		synctest.Test(t, func(t *testing.T) { play(t, string(script)) })
	})
}

// play runs a script, one letter a step.
func play(t *testing.T, script string) {
	p := &tab{
		backend: &sessiontest.Backend{Life: life},
		clock:   sessiontest.NewClock(),
		storage: &sessiontest.Storage{},
		hint:    &sessiontest.Hint{},
	}
	net := &network{}
	p.backend.OnRefresh = net.answer
	p.open(nil)
	defer func() { p.Close() }()

	var calls []*sessiontest.Call
	var all sync.WaitGroup
	ctx, abort := context.WithCancel(context.Background())
	for _, step := range script {
		m := p.Manager
		switch step {
		case 'c', 'C':
			c := p.call()
			c.OneShot = step == 'C'
			calls = append(calls, c)
			callCtx := ctx
			all.Go(func() { _ = m.Do(sessiontest.Context(callCtx), c) })
		case 'a':
			abort()
			ctx, abort = context.WithCancel(context.Background())
		case 'L', 'E': // two users
			user := map[rune]string{'L': "ada", 'E': "eve"}[step]
			all.Go(func() { _, _ = m.Login(user) })
		case 'l':
			all.Go(func() { _, _ = m.Logout(session.ThisSession) })
		case 'm':
			all.Go(func() { _, _ = m.Logout(session.OtherSessions) })
		case 'M':
			all.Go(func() { _, _ = m.Logout(session.AllSessions) })
		case 'r':
			all.Go(func() { _, _ = m.Refresh(sessiontest.Context(ctx)) })
		case 'R':
			p.reload(nil)
		case 'e':
			p.backend.ExpireTokens()
		case 'x':
			p.backend.Revoke()
		case 'o':
			p.backend.SignIn("eve") // in another tab
		case 'h':
			net.hold()
		case 'O':
			net.release()
		case 'n':
			net.fail(errDown)
		case '5':
			net.fail(&session.Error{Code: wire.TemporarilyUnavailable, Status: 503, RetryAfter: 5})
		case '3':
			net.fail(&session.Error{Code: wire.RefreshSuperseded, Status: 409})
		case 'T':
			net.fail(&session.Error{Code: wire.InvalidToken, Status: 401})
		case 'w':
			p.clock.SetWall(time.Hour)
		case 'W':
			p.clock.SetWall(-time.Hour)
		case 's':
			p.clock.Suspend(time.Minute)
		case 'i':
			p.Wake()
		case 'p':
			sessiontest.Elapse(20 * time.Second)
		case 'd':
			sessiontest.Elapse(10 * time.Minute)
		}
		synctest.Wait()
		checkStorage(t, p)
	}
	net.recover()
	all.Wait()
	synctest.Wait()
	abort()
	for _, c := range calls {
		checkCall(t, c)
	}
	pages := 1 + strings.Count(script, "R") // one that was left may still have a refresh in the air
	if most := p.backend.MostInAir(); most > pages && !net.wasOverdue() {
		t.Errorf("%d refreshes in the air at once", most)
	}

	// Whatever has happened: the user signs in, and all is well.
	if _, err := p.Login("ada"); err != nil {
		t.Fatalf("login: %v", err)
	}
	p.backend.ExpireTokens()
	wantStatus(t, p.do(t), 200)
}

func checkStorage(t *testing.T, p *tab) {
	t.Helper()
	if p.Current() == nil && p.hintedAway() && p.storage.Token() != "" {
		t.Error("the session is over, and its token is still stored")
	}
}

// hintedAway reports whether the page believes that there is no session.
func (p *tab) hintedAway() bool {
	state := p.hint.Load().State
	return state == session.Gone || state == session.Leaving
}

func checkCall(t *testing.T, c *sessiontest.Call) {
	t.Helper()
	sent := c.Sent()
	if len(sent) > 3 {
		t.Errorf("a call was sent %d times", len(sent))
	}
	users := map[string]bool{}
	for _, token := range sent {
		if user, _, ok := strings.Cut(string(token), "-"); ok {
			users[user] = true
		}
	}
	if len(users) > 1 {
		t.Error("a call was sent as two users")
	}
}

// network is what lies between the page and the auth server.
type network struct {
	mu      sync.Mutex
	gate    chan struct{} // nil: open
	next    error
	overdue bool
}

func (n *network) answer(session.AccessToken) error {
	n.mu.Lock()
	gate, err := n.gate, n.next
	n.next = nil
	n.mu.Unlock()
	if gate != nil {
		start := time.Now()
		<-gate
		n.mu.Lock()
		n.overdue = n.overdue || time.Since(start) >= 15*time.Second
		n.mu.Unlock()
	}
	return err
}

func (n *network) hold() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gate == nil {
		n.gate = make(chan struct{})
	}
}

func (n *network) release() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gate != nil {
		close(n.gate)
		n.gate = nil
	}
}

func (n *network) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next = err
}

// recover ends all trouble.
func (n *network) recover() {
	n.release()
	n.fail(nil)
}

func (n *network) wasOverdue() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.overdue
}
