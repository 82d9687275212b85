//go:build !js

package e2e_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A lab is the running XSS lab, as its attacker sees it.
type lab struct {
	url string

	mu      sync.Mutex
	changed chan struct{} // closed when there is a newer state
	state   labState
}

// labState is what the lab says of itself.
type labState struct {
	Version  int
	Rooms    []labRoom
	Payloads []labPayload
	Attacks  []labAttack
}

type labRoom struct {
	ID, Title, URL string
	Strict         bool
}

type labPayload struct {
	ID, Title string
	Early     bool
}

type labAttack struct {
	ID, Room, Payload string
	Done              bool
	Takes             []string
	Received          []struct{ Text string }
	Loot              []labLoot
}

type labLoot struct {
	Kind    string
	Bound   bool
	Tried   bool
	Expires time.Time
	Trials  []labTrial
}

type labTrial struct {
	How      string
	Accepted int
	Last     time.Time
	Code     string
	Over     bool
}

// labTTL is the life of an access token in the lab of these tests.
const labTTL = 8 * time.Second

// startLab builds the program and starts it; it ends with the test.
func startLab(t *testing.T) *lab {
	t.Helper()
	buildModule(t)
	program := filepath.Join(t.TempDir(), "xsslab")
	if output, err := exec.Command("go", "build", "-o", program, "../../server/cmd/xsslab").CombinedOutput(); err != nil {
		t.Fatalf("building xsslab: %v\n%s", err, output)
	}
	cmd := exec.Command(program, "--addr", "localhost:0", "--access-ttl", labTTL.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("xsslab did not stop cleanly: %v", err)
		}
	})
	l := &lab{url: "http://" + announced(t, out), changed: make(chan struct{})}
	go io.Copy(io.Discard, out)
	l.state = l.ask(t, -1)
	go l.follow(t)
	return l
}

// follow keeps the state up to date, until the test ends.
func (l *lab) follow(t *testing.T) {
	for t.Context().Err() == nil {
		next, err := l.get(t, l.state.Version)
		if err != nil {
			return // the lab has ended
		}
		l.mu.Lock()
		l.state = next
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
	}
}

func (l *lab) ask(t *testing.T, after int) labState {
	t.Helper()
	state, err := l.get(t, after)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (l *lab) get(t *testing.T, after int) (state labState, err error) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/state?after=%d", l.url, after), nil)
	if err != nil {
		return state, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return state, err
	}
	defer res.Body.Close()
	return state, json.NewDecoder(res.Body).Decode(&state)
}

// attack makes the link for a payload.
func (l *lab) attack(t *testing.T, room, payload string) (id, url string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"room": room, "payload": payload})
	res, err := http.Post(l.url+"/attacks", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var made struct{ ID, URL string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil {
		t.Fatal(err)
	}
	return made.ID, made.URL
}

// wait returns an attack once it is as wanted.
func (l *lab) wait(t *testing.T, id, what string, wanted func(labAttack) bool) labAttack {
	t.Helper()
	late := time.After(3 * labTTL)
	for {
		l.mu.Lock()
		state, changed := l.state, l.changed
		l.mu.Unlock()
		i := slices.IndexFunc(state.Attacks, func(a labAttack) bool { return a.ID == id })
		if i >= 0 && wanted(state.Attacks[i]) {
			return state.Attacks[i]
		}
		select {
		case <-changed:
		case <-late:
			var so any
			if i >= 0 {
				so = state.Attacks[i]
			}
			t.Fatalf("the lab never says that %s: %+v", what, so)
		}
	}
}

// settled tells whether it is known what an attack has brought.
func (a labAttack) settled() bool {
	for _, loot := range a.Loot {
		if !loot.Tried {
			return false
		}
	}
	return a.Done
}

// outcome is what it has brought: "-" is nothing.
func (a labAttack) outcome(t *testing.T) string {
	t.Helper()
	for _, received := range a.Received {
		if strings.HasPrefix(received.Text, "error: ") {
			t.Errorf("%s in %s goes wrong: %s", a.Payload, a.Room, received.Text)
		}
	}
	return cmp.Or(strings.Join(a.Takes, "+"), "-")
}

// trial is how it went with a kind of loot in one way; the zero trial where nobody
// has tried it.
func (a labAttack) trial(kind, how string) (found labLoot, trial labTrial) {
	for _, loot := range a.Loot {
		for _, tried := range loot.Trials {
			if loot.Kind == kind && tried.How == how {
				return loot, tried
			}
		}
	}
	return found, trial
}

// victim is a page of a room.
type victim struct {
	t   *testing.T
	tab *tab
}

// inVictim are what a user does with the page, and what one sees there.
const inVictim = `(async () => {
	const find = (selector) => document.querySelector(selector);
	const is = (...states) => states.includes(find("#state").dataset.state);
	const until = (test) => new Promise((resolve) => {
		const look = () => test() && resolve();
		new MutationObserver(look).observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
		look();
	});
	await until(() => !is("starting"));
	%s
})()`

func (v victim) do(script string) string {
	v.t.Helper()
	value, err := v.tab.evaluate(fmt.Sprintf(inVictim, script))
	if err != nil {
		v.t.Fatal(err)
	}
	return strings.Trim(string(value), `"`)
}

// signIn begins a new session.
func (v victim) signIn() {
	v.t.Helper()
	v.do(`
		if (is("in")) {
			find("#sign-out").click();
			await until(() => is("out"));
		}
		find("#sign-in").requestSubmit();
		await until(() => is("in"));`)
}

// load calls the API, and returns what the user sees of the session.
func (v victim) load() string {
	v.t.Helper()
	return v.do(`
		const { count } = find("#answer").dataset;
		find("#load").click();
		await until(() => find("#answer").dataset.count !== count);
		return find("#state").textContent;`)
}

// follow follows a link within the page.
func (v victim) follow(url string) {
	v.t.Helper()
	link, _ := json.Marshal(url)
	v.do(fmt.Sprintf("location.href = %s;", link))
}

// followInVain follows a link that the page's policy lets nothing come of.
func (v victim) followInVain(url string) {
	v.t.Helper()
	link, _ := json.Marshal(url)
	v.do(fmt.Sprintf(`
		const { count } = find("#stopped").dataset;
		location.href = %s;
		await until(() => find("#stopped").dataset.count !== count);`, link))
}

// robAll runs all payloads in a room, each against a new session, and returns what
// they have taken.
func (l *lab) robAll(t *testing.T, home *tab, room labRoom) map[string]string {
	t.Helper()
	page := victim{t, home}
	page.signIn()
	takes := map[string]string{}
	for _, p := range l.state.Payloads {
		if room.Strict {
			takes[p.ID] = l.robInVain(t, page, room, p)
			continue
		}
		at := page
		id, url := l.attack(t, room.ID, p.ID)
		if p.Early || slices.Contains(changes, p.ID) {
			open := room.URL
			if p.Early {
				page.signIn() // so that the new page finds a session, where it is not the tab's
				open = url
			}
			tab, err := home.beside(open)
			if err != nil {
				t.Fatal(err)
			}
			at = victim{t, tab}
		}
		if !p.Early {
			at.signIn()
			at.follow(url)
		}
		a := l.wait(t, id, p.ID+" is settled", labAttack.settled)
		takes[p.ID] = a.outcome(t)
		if p.ID == "refresh" && strings.HasPrefix(room.ID, "b-") {
			at.refusedAndAlive(a)
		}
		if at != page {
			if err := at.tab.close(); err != nil {
				t.Error(err)
			}
		}
	}
	return takes
}

// robInVain is for the room with the strict policy. Nothing says there that a payload
// is done, as none begins; the page says that it was stopped.
func (l *lab) robInVain(t *testing.T, page victim, room labRoom, p labPayload) string {
	t.Helper()
	id, url := l.attack(t, room.ID, p.ID)
	if p.Early {
		tab, err := page.tab.beside(url)
		if err != nil {
			t.Fatal(err)
		}
		victim{t, tab}.do(`await until(() => find("#stopped").textContent);`)
		if err := tab.close(); err != nil {
			t.Error(err)
		}
	} else {
		page.followInVain(url)
	}
	if a := l.wait(t, id, p.ID+" is on its way", func(labAttack) bool { return true }); a.Done || len(a.Received) > 0 {
		t.Errorf("%s has come through: %+v", p.ID, a)
	}
	return "stopped"
}

// refusedAndAlive is what a refresh without a proof comes to, where the session is
// bound to a key.
func (v victim) refusedAndAlive(a labAttack) {
	v.t.Helper()
	if len(a.Received) == 0 || !strings.Contains(a.Received[0].Text, `"code":"invalid_dpop_proof"`) {
		v.t.Errorf("the refresh endpoint, called without a proof: %+v", a.Received)
	}
	if state := v.load(); state != "Signed in" {
		v.t.Errorf("the user afterwards: %s", state)
	}
}

// changes are payloads that leave something changed in the page.
var changes = []string{"fetch", "headers", "promise", "memory", "reflect"}
