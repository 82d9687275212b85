package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

const fleetPassword = "correct horse battery staple"

// fleet is devices of two users on a server that is started and killed.
type fleet struct {
	binary, data string
	ada          []*device // who do what the test is about
	bob          []*device // who refresh all the time
	chance       *rand.Rand
}

func newFleet(t *testing.T, ada, bob int) *fleet {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	f := &fleet{
		binary: build(t), data: filepath.Join(t.TempDir(), "data"),
		chance: rand.New(rand.NewPCG(seed, 0)),
	}
	for _, user := range []struct {
		email   string
		devices *[]*device
		count   int
	}{{"ada@example.com", &f.ada, ada}, {"bob@example.com", &f.bob, bob}} {
		f.addUser(t, user.email)
		for range user.count {
			chance := rand.New(rand.NewPCG(seed, f.chance.Uint64()))
			*user.devices = append(*user.devices, newDevice(chance, user.email, fleetPassword))
		}
	}
	server := f.start(t)
	for _, d := range slices.Concat(f.ada, f.bob) {
		d.wantLogin(t, server.url)
	}
	server.kill()
	return f
}

func (f *fleet) addUser(t *testing.T, email string) {
	t.Helper()
	call(t, f.binary, fleetPassword+"\n", "user", "add", "--data", f.data, email)
}

// newAda makes Ada another user. Proofs of a password that a kill has cut off count
// as attempts that may still fail, and ten of one user's are too many.
func (f *fleet) newAda(t *testing.T, round int) {
	t.Helper()
	email := fmt.Sprintf("ada%d@example.com", round)
	f.addUser(t, email)
	for _, d := range f.ada {
		d.email, d.password = email, fleetPassword
	}
}

func (f *fleet) start(t *testing.T) process {
	t.Helper()
	for _, d := range slices.Concat(f.ada, f.bob) {
		d.http.CloseIdleConnections() // to the one before
		d.events = never()
	}
	return start(t, f.binary, f.data)
}

// killDuring kills the server in the middle of what Ada does, after that many
// requests and answers at the most. Bob's devices refresh until then.
func (f *fleet) killDuring(t *testing.T, server process, most int64, ada func()) {
	t.Helper()
	events := newCountdown(1+f.chance.Int64N(most), server.kill)
	var group sync.WaitGroup
	for _, d := range slices.Concat(f.ada, f.bob) {
		d.events = events
	}
	for _, d := range f.bob {
		group.Go(func() {
			for d.refresh(t, server.url) {
			}
		})
	}
	group.Go(ada)
	group.Wait()
	server.kill() // where the test has failed before the moment came
}

// rounds is fewer of them for go test -short.
func rounds(count int) int {
	if testing.Short() {
		return max(count/10, 2)
	}
	return count
}

// The server is killed again and again in the middle of parallel refreshes, some
// of whose answers get lost besides. Nobody is signed out, no session is lost, and
// no key: any other answer than 200 is a failure.
func TestKilledDuringRefreshes(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 8)
	var keys []string
	for range rounds(200) {
		server := f.start(t)
		got := keyIDs(t, server.url)
		if keys == nil {
			keys = got
		}
		if !slices.Equal(got, keys) {
			t.Fatalf("the keys are %q, and were %q", got, keys)
		}
		f.ada[0].wantUser(t, server.url) // with the token of the first start
		f.killDuring(t, server, 500, func() {})
		if t.Failed() {
			return
		}
	}
	server := f.start(t)
	for _, d := range f.bob {
		d.refresh(t, server.url)
		d.wantUser(t, server.url)
	}
	if got := f.bob[0].sessions(t, server.url); got != len(f.bob) {
		t.Errorf("the user has %d sessions, want %d", got, len(f.bob))
	}
}

// What was answered has happened, and whoever got no answer can ask again.
func TestKilledDuringLoginAndLogout(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 4)
	d := f.ada[0]
	for round := range rounds(8) {
		f.newAda(t, round)
		var in, out answer
		server := f.start(t)
		d.wantLogin(t, server.url)
		f.killDuring(t, server, 100, func() { out, _ = d.logout(t, server.url) })

		server = f.start(t)
		switch reason := d.outcome(t, server.url); {
		case reason == "" && out.status != 0:
			t.Errorf("signed out with %d, and the session lives", out.status)
		case reason != "" && reason != wire.ReasonLogout:
			t.Errorf("the session ended with %q", reason)
		}
		f.killDuring(t, server, 300, func() { in, _ = d.login(t, server.url) })

		server = f.start(t)
		if in.status == 0 {
			d.wantLogin(t, server.url)
		}
		if reason := d.outcome(t, server.url); reason != "" {
			t.Errorf("signed in with %d, and the session ended with %q", in.status, reason)
		}
		server.kill()
		if t.Failed() {
			return
		}
	}
}

// One of the two passwords is good, and the other sessions have ended or not as
// belongs to it.
func TestKilledDuringPasswordChange(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 4)
	d, other := f.ada[0], f.ada[1]
	for round := range rounds(8) {
		f.newAda(t, round)
		server := f.start(t)
		d.wantLogin(t, server.url)
		other.wantLogin(t, server.url)
		const next = "another horse, another battery"
		var changed answer
		f.killDuring(t, server, 600, func() { changed, _ = d.changePassword(t, server.url, next) })

		server = f.start(t)
		fresh := newDevice(nil, d.email, next)
		took, err := fresh.login(t, server.url)
		isNew := took.status == http.StatusCreated
		if err != nil || (!isNew && changed.status == http.StatusNoContent) {
			t.Errorf("changed with %d, and login with the new one: %d %s (%v)", changed.status, took.status, took.body, err)
		}
		want := wire.Reason("")
		if isNew {
			want = wire.ReasonPasswordChange
		} else {
			fresh.password = fleetPassword
			fresh.wantLogin(t, server.url)
		}
		if reason := d.outcome(t, server.url); reason != "" {
			t.Errorf("the session that asked for it ended with %q", reason)
		}
		if reason := other.outcome(t, server.url); reason != want {
			t.Errorf("another session ended with %q, want %q", reason, want)
		}
		server.kill()
		if t.Failed() {
			return
		}
	}
}

// keyIDs are the key ids that the server publishes.
func keyIDs(t *testing.T, url string) (ids []string) {
	t.Helper()
	_, body := get(t, url+wire.PathJWKS)
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal([]byte(body), &set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		ids = append(ids, key.ID)
	}
	if len(ids) == 0 {
		t.Fatal("no keys")
	}
	return ids
}
